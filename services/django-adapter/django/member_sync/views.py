"""The endpoints under `<mount>/api/sync/`. README.md lists them."""
import re

from django.db import connections

from . import __version__, apply, clock, lineage, members, outbox
from .capture.mode import capture_mode
from .http import BadRequest, answer, body_of, endpoint, number
from .kennitala import normalise
from .mapping import get_mapping

MAX_ID = 2 ** 63 - 1
MAX_CHANGES = 500
MAX_READ = 500


def _at_hand(**content):
    """An answer about members: with the history that their revisions belong to, and the time by this machine's clock.

    Both are read last: a lineage that is renewed meanwhile is the newer one, and the time is that of the answer.
    """
    return dict(content, lineage=lineage.current(), now=clock.iso(clock.now()))


@endpoint("GET")
def changes(request):
    since = None
    if request.GET.get("since"):
        since = clock.parse(request.GET["since"])
        if since is None:
            raise BadRequest("since is not an ISO 8601 time.")
    after = number(request, "after", 0, 0, MAX_ID)
    found, following = outbox.pending(after, number(request, "limit", 100, 1, 1000), since)
    return _at_hand(changes=found, count=len(found), next=following)


# One locked row is no reason to stay away: the sender cuts the request up, until the change at fault stands alone.
@endpoint("POST", busy_for=None)
def apply_changes(request):
    given = body_of(request).get("changes", [])
    if not isinstance(given, list):
        raise BadRequest("changes is not a list.")
    if len(given) > MAX_CHANGES:
        raise BadRequest("More than %d changes in one request." % MAX_CHANGES, 413)
    return _at_hand(results=apply.apply_batch(given))


@endpoint("POST")
def mark_synced(request):
    ids = body_of(request).get("sync_ids", [])
    if not isinstance(ids, list) or not all(type(i) is int and 0 <= i <= MAX_ID for i in ids):
        raise BadRequest("sync_ids is not a list of ids.")
    return {"success": True, "marked_synced": outbox.mark(ids)}


@endpoint("GET")
def status(request):
    mapping = get_mapping()
    connection = connections[mapping.alias]
    return dict(
        outbox.counts(), capture=capture_mode(connection), database=connection.vendor, version=__version__,
        members=mapping.model._base_manager.using(mapping.alias).count(), lineage=lineage.current(),
    )


@endpoint("GET")
def digest(request):
    buckets = members.digests(number(request, "buckets", 256, 1, 65536))
    return {"buckets": buckets, "count": sum(bucket["count"] for bucket in buckets)}


@endpoint("GET")
def member(request, ssn):
    key = normalise(ssn)
    standing = members.read([key])[key] if key else None
    if standing is None or standing.record is None:
        return answer({"error": "Member not found"}, 404)
    return dict(standing.record, lineage=lineage.current(), **standing.as_json())


@endpoint("GET")
def member_pages(request):
    limit = number(request, "limit", 100, 1, 1000)
    after = re.sub(r"[\s\-]", "", request.GET.get("after", ""))
    found = members.page(after, limit)
    listed = [dict(standing.record, digest=standing.digest, **standing.as_json()) for standing in found]
    following = found[-1].ssn if len(found) == limit else None
    return {"members": listed, "count": len(listed), "next": following, "lineage": lineage.current()}


@endpoint("POST")
def members_read(request):
    """Members by kennitala, which stands in the body: an address is logged by every machine on its way."""
    given = body_of(request).get("ssn")
    if not isinstance(given, list):
        raise BadRequest("ssn is not a list.")
    if len(given) > MAX_READ:
        raise BadRequest("More than %d kennitölur in one request." % MAX_READ, 413)
    keys = [normalise(ssn) for ssn in given]
    if None in keys:
        raise BadRequest("ssn[%d] is not ten digits." % keys.index(None))
    found = members.read(set(keys))
    listed = [found[key].as_json() for key in dict.fromkeys(keys)]
    return _at_hand(members=listed, count=len(listed))
