"""The outbox, the state of each member, the writes applied, and SQLite's stand-in for session variables.

Triggers write to these tables too: every column is given there by name, so a column added here is added there.
"""
from django.db import models
from django.db.models import Q


class MemberSyncQueue(models.Model):
    """The outbox: one row per member and transaction, written in the transaction of the change."""

    id = models.BigAutoField(primary_key=True)
    ssn = models.CharField(max_length=32)
    previous_ssn = models.CharField(max_length=32, null=True, blank=True)
    django_id = models.CharField(max_length=64, null=True, blank=True)
    action = models.CharField(max_length=20)
    fields_changed = models.TextField(default="{}")
    created_at = models.DateTimeField()
    synced_at = models.DateTimeField(null=True, blank=True)
    sync_status = models.CharField(max_length=20, default="pending")
    error_message = models.TextField(blank=True, default="")
    revision = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=80, null=True, blank=True)
    origin = models.CharField(max_length=20, blank=True, default="")
    tx = models.CharField(max_length=40, null=True, blank=True)

    class Meta:
        db_table = "member_sync_queue"
        ordering = ["id"]
        verbose_name = "outbox row"
        verbose_name_plural = "outbox"
        indexes = [
            models.Index(fields=["id"], name="member_sync_pending", condition=Q(synced_at__isnull=True)),
            models.Index(fields=["tx", "ssn"], name="member_sync_tx"),
            models.Index(fields=["ssn"], name="member_sync_ssn"),
        ]

    def __str__(self):
        return "outbox row %s" % self.pk


class MemberSyncState(models.Model):
    """What outlives a member's row: its revision, and the last of our writes that stands on it."""

    ssn = models.CharField(max_length=32, primary_key=True)
    revision = models.BigIntegerField(default=0)
    write_id = models.CharField(max_length=128, null=True, blank=True)
    django_id = models.CharField(max_length=64, null=True, blank=True)
    is_present = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "member_sync_state"

    def __str__(self):
        return "state at revision %s" % self.revision


class MemberSyncWrite(models.Model):
    """A write id that was answered for good, so that asking again changes nothing."""

    write_id = models.CharField(max_length=128, primary_key=True)
    ssn = models.CharField(max_length=32)
    status = models.CharField(max_length=20)
    updated_fields = models.TextField(default="[]")
    errors = models.TextField(default="{}")
    applied_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "member_sync_write"

    def __str__(self):
        return "write %s" % self.write_id


class MemberSyncLineage(models.Model):
    """Which history of the database its revisions belong to. One row; a restored database gets a new id."""

    id = models.SmallIntegerField(primary_key=True)
    lineage = models.CharField(max_length=64)
    since = models.DateTimeField()

    class Meta:
        db_table = "member_sync_lineage"

    def __str__(self):
        return "lineage %s" % self.lineage


class MemberSyncContext(models.Model):
    """SQLite only: who writes in which transaction. Its one row never outlives the transaction that wrote it."""

    id = models.SmallIntegerField(primary_key=True)
    tx = models.CharField(max_length=40, null=True, blank=True)
    actor = models.CharField(max_length=80, null=True, blank=True)

    class Meta:
        db_table = "member_sync_context"

    def __str__(self):
        return "context"
