"""The outbox, to look at: nothing can be edited here, and of a person it shows a masked key and field names."""
import json

from django.contrib import admin
from django.utils import timezone
from django.utils.timesince import timesince

from . import clock
from .kennitala import masked
from .models import MemberSyncQueue


@admin.register(MemberSyncQueue)
class MemberSyncQueueAdmin(admin.ModelAdmin):
    list_display = ("id", "member", "action", "changed_fields", "sync_status", "age", "actor", "origin", "error_message")
    list_filter = ("sync_status", "action", "origin", "created_at")
    fields = (
        "id", "member", "previous_member", "django_id", "action", "changed_fields", "revision", "actor", "origin",
        "created_at", "synced_at", "sync_status", "error_message",
    )
    readonly_fields = fields
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False

    def member(self, row):
        return masked(row.ssn)

    def previous_member(self, row):
        return masked(row.previous_ssn) if row.previous_ssn else "-"

    def changed_fields(self, row):
        return ", ".join(json.loads(row.fields_changed or "{}"))

    def age(self, row):
        created = row.created_at
        if not timezone.is_aware(created):
            created = created.replace(tzinfo=clock.UTC)
        return timesince(created)

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
