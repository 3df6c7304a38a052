"""Records a change from Python: for the signal fallback, for backfill and for repairs."""
import json

from django.db import connections, transaction
from django.db.models import F

from .. import clock
from ..actor import current_actor
from ..mapping import get_mapping
from ..models import MemberSyncQueue, MemberSyncState
from .session import session_of


def record_change(ssn, django_id, action, changed, previous_ssn=None, origin=""):
    """Does what a trigger would do: revision up, and one outbox row per member and transaction."""
    alias = get_mapping().alias
    django_id = None if django_id is None else str(django_id)
    session = session_of(connections[alias])
    with transaction.atomic(using=alias):
        session.enter()
        moment = clock.now()
        states = MemberSyncState.objects.using(alias)
        known = dict(django_id=django_id, changed_at=moment, is_present=action != "delete")
        if not states.filter(ssn=ssn).update(revision=F("revision") + 1, **known):
            states.create(ssn=ssn, revision=1, **known)
        revision = states.values_list("revision", flat=True).get(ssn=ssn)
        queue = MemberSyncQueue.objects.using(alias)
        if previous_ssn:
            states.filter(ssn=previous_ssn).update(
                revision=F("revision") + 1, changed_at=moment, is_present=False)
            queue.filter(ssn=previous_ssn, synced_at__isnull=True).update(ssn=ssn, previous_ssn=previous_ssn)
        tx = session.transaction_id()
        row = queue.filter(tx=tx, ssn=ssn, synced_at__isnull=True).first()
        if row is None:
            queue.create(
                ssn=ssn, previous_ssn=previous_ssn, django_id=django_id, action=action, created_at=moment,
                fields_changed=json.dumps(changed), revision=revision, actor=current_actor(), origin=origin, tx=tx,
            )
            return revision
        if action == "delete":
            row.fields_changed = json.dumps(changed)
        else:
            row.fields_changed = json.dumps(dict(json.loads(row.fields_changed), **changed))
        row.action = row.action if action == "update" else action
        row.revision = revision
        row.save(using=alias)
        return revision
