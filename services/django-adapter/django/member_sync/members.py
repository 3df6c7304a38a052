"""Reads members as records. One statement reads a member's tables, revision and write id together, so that a record is
never newer or older than its revision."""
import hashlib
import json

from django.db.models import CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat, Replace, Substr

from . import clock
from .kennitala import chunks, spellings
from .mapping import get_mapping
from .models import MemberSyncState, MemberSyncWrite
from .wire import to_wire


class Standing:
    """How a member stands now."""

    def __init__(self, ssn, pk, revision, write_id, changed_at, record, life, write_errors=None):
        self.ssn = ssn
        self.pk = pk
        self.revision = revision
        self.write_id = write_id
        #: What was refused of that write, as JSON by path; None when the write is not known any more.
        self.write_errors = None if write_errors is None else json.loads(write_errors)
        self.changed_at = changed_at
        self.record = record
        self.life = life

    @property
    def digest(self):
        return hashlib.sha256(self.canonical()).hexdigest()

    def canonical(self):
        parts = [self.ssn, self.revision, self.record]
        return json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    def as_json(self):
        return {
            "ssn": self.ssn, "django_id": self.pk, "revision": self.revision, "life": self.life,
            "write_id": self.write_id, "write_errors": self.write_errors, "changed_at": clock.iso(self.changed_at), "record": self.record,
        }


def plain_key(name):
    return Replace(Replace(Cast(F(name), CharField()), Value("-"), Value("")), Value(" "), Value(""))


def members_query():
    """The members with their state, one statement."""
    mapping = get_mapping()
    state = MemberSyncState.objects.filter(ssn=OuterRef("sync_key"))
    last_write = MemberSyncWrite.objects.filter(write_id=OuterRef("sync_write_id"))
    return (
        mapping.model._base_manager.using(mapping.alias)
        .annotate(sync_key=plain_key(mapping.key.name))
        .annotate(
            sync_revision=Subquery(state.values("revision")[:1]),
            sync_write_id=Subquery(state.values("write_id")[:1]),
            sync_changed_at=Subquery(state.values("changed_at")[:1]),
        )
        .annotate(sync_write_errors=Subquery(last_write.values("errors")[:1]))
    )


def standings(query, in_pieces=False):
    """Runs a members_query as Standings, in its order; in pieces when it is for all members."""
    mapping = get_mapping()
    columns = list(mapping.columns.values())
    names = ["sync_key", "pk", "sync_revision", "sync_write_id", "sync_changed_at", "sync_write_errors"]
    rows = query.values_list(*(names + [column.lookup for column in columns]))
    for row in rows.iterator() if in_pieces else rows:
        key, pk, revision, write_id, changed_at, write_errors = row[:6]
        record = {"profile": {"kennitala": key}}
        for column, value in zip(columns, row[6:]):
            head, tail = column.path.split(".", 1)
            record.setdefault(head, {})[tail] = to_wire(column, value)
        inactive = mapping.status is not None and record["membership"]["status"] == "inactive"
        life = "deleted" if inactive else "alive"
        yield Standing(key, pk, revision or 0, write_id, changed_at, record, life, write_errors)


def keyed(ssns):
    """The filter for members of these kennitölur, however they are written."""
    return Q(**{get_mapping().key.name + "__in": [way for ssn in ssns for way in spellings(ssn)]})


def read(ssns):
    """{ssn: Standing} for every ssn asked for; those without a row are "missing"."""
    found = {}
    for part in chunks(ssns):
        left = set(part)
        # A member may come into being between the two statements: then the first is asked again.
        while left:
            for standing in standings(members_query().filter(keyed(left)).order_by()):
                found.setdefault(standing.ssn, standing)
            left = _note_missing(left - set(found), found)
    return found


def _note_missing(ssns, found):
    if not ssns:
        return set()
    mapping = get_mapping()
    with_dash = Concat(Substr(OuterRef("ssn"), 1, 6), Value("-"), Substr(OuterRef("ssn"), 7), output_field=CharField())
    # Two plain comparisons, so that the index on the key is used.
    present = mapping.model._base_manager.filter(
        Q(**{mapping.key.name: OuterRef("ssn")}) | Q(**{mapping.key.name: with_dash}))
    states = MemberSyncState.objects.using(mapping.alias).filter(ssn__in=ssns).annotate(has_row=Exists(present))
    come_back = set()
    seen = set()
    for state in states:
        seen.add(state.ssn)
        if state.has_row:
            come_back.add(state.ssn)
        else:
            pk = _pk(state.django_id)
            found[state.ssn] = Standing(state.ssn, pk, state.revision, state.write_id, state.changed_at, None, "missing")
    for ssn in set(ssns) - seen:
        found[ssn] = Standing(ssn, None, 0, None, None, None, "missing")
    return come_back


def _pk(text):
    """A stored primary key as JSON had it: a number where the model's key is one."""
    if text is None:
        return None
    kind = get_mapping().model._meta.pk.get_internal_type()
    return int(text) if kind.endswith(("AutoField", "IntegerField")) else text


def page(after, limit):
    query = members_query().order_by("sync_key")
    if after:
        query = query.filter(sync_key__gt=after)
    return list(standings(query[:limit]))


def digests(buckets):
    """One digest per bucket: the first four bytes of sha256(ssn), modulo the number of buckets."""
    sums = [hashlib.sha256() for _ in range(buckets)]
    counts = [0] * buckets
    for standing in standings(members_query().order_by("sync_key"), in_pieces=True):
        bucket = int.from_bytes(hashlib.sha256(standing.ssn.encode("utf-8")).digest()[:4], "big") % buckets
        counts[bucket] += 1
        sums[bucket].update(standing.canonical() + b"\n")
    return [{"bucket": n, "count": counts[n], "digest": sums[n].hexdigest()} for n in range(buckets)]
