"""What staff do, as an API: edits go through the ORM and know nothing of the sync."""
from django.db import IntegrityError, transaction

from member_sync.actor import acting_as
from member_sync.http import BadRequest, answer, body_of, endpoint, number
from member_sync.kennitala import spellings

from .models import Member
from .shape import RELATED, as_json, parse, parse_ssn

TAKEN = "A member with this ssn is there already."


def found(ssn, for_update=False):
    query = Member.objects.select_related("contact_info", "address")
    if for_update:
        query = Member.objects.select_for_update()
    member = query.filter(ssn__in=spellings(parse_ssn(ssn))).first()
    if member is None:
        raise BadRequest("Member not found", 404)
    return member


def save_related(member, related):
    for name, values in related.items():
        model = RELATED[name][0]
        row = model.objects.filter(member=member).first() or model(member=member)
        for field, value in values.items():
            setattr(row, field, value)
        row.save()


def create(given):
    ssn = parse_ssn(given.get("ssn") if isinstance(given, dict) else None)
    own, related = parse(given)
    if not own.get("name"):
        raise BadRequest("name is required.")
    if Member.objects.filter(ssn__in=spellings(ssn)).exists():
        raise BadRequest(TAKEN, 409)
    member = Member.objects.create(ssn=ssn, **own)
    save_related(member, related)
    return member.pk


def conflicts_are_409(work):
    try:
        with transaction.atomic():
            return work()
    except IntegrityError:
        raise BadRequest(TAKEN, 409)


def by_token(view):
    """Who bears the token is no user of Django's; the history still says where an edit came from."""
    def acting(request, *args, **kwargs):
        with acting_as("api"):
            return view(request, *args, **kwargs)
    return acting


@endpoint("GET", "POST")
@by_token
def members(request):
    if request.method == "POST":
        body = body_of(request)
        pk = conflicts_are_409(lambda: create(body))
        return answer(as_json(Member.objects.select_related("contact_info", "address").get(pk=pk)), 201)
    limit = number(request, "limit", 100, 1, 1000)
    query = Member.objects.select_related("contact_info", "address").order_by("ssn")
    rows = list(query.filter(ssn__gt=request.GET.get("after", ""))[: limit + 1])
    page = rows[:limit]
    following = page[-1].ssn if len(rows) > limit else None
    return {"members": [as_json(row) for row in page], "count": len(page), "next": following}


@endpoint("POST")
@by_token
def bulk(request):
    given = body_of(request).get("members")
    if not isinstance(given, list):
        raise BadRequest("members is not a list.")
    made = conflicts_are_409(lambda: [create(item) for item in given])
    return answer({"created": len(made)}, 201)


@endpoint("GET", "PATCH", "DELETE", "POST")
@by_token
def member(request, ssn):
    if request.method == "POST":
        body = dict(body_of(request), ssn=ssn)
        pk = conflicts_are_409(lambda: create(body))
        return answer(as_json(Member.objects.select_related("contact_info", "address").get(pk=pk)), 201)
    if request.method == "PATCH":
        body = body_of(request)
        conflicts_are_409(lambda: change(ssn, body))
        return as_json(found(body.get("ssn") or ssn))
    if request.method == "DELETE":
        with transaction.atomic():
            row = found(ssn, for_update=True)
            gone = as_json(row)
            row.delete()
        return gone
    return as_json(found(ssn))


def change(ssn, body):
    row = found(ssn, for_update=True)
    own, related = parse(body)
    if body.get("ssn"):
        own["ssn"] = parse_ssn(body["ssn"])
    for name, value in own.items():
        setattr(row, name, value)
    if own:
        row.save()
    save_related(row, related)
