"""Members as the API shows and takes them. Values are checked by the model's own fields, as a form of staff would."""
import re

from django.core.exceptions import ValidationError
from django.db import models

from member_sync.http import BadRequest
from member_sync.kennitala import normalise

from .models import Address, ContactInfo, Member

OWN = ("name", "birthday", "gender", "is_active")
RELATED = {
    "contact_info": (ContactInfo, ("phone", "email", "facebook")),
    "address": (Address, ("street", "postal_code", "city")),
}


def as_json(member):
    shown = {"id": member.pk, "ssn": normalise(member.ssn) or member.ssn}
    for name in OWN:
        value = getattr(member, name)
        shown[name] = value.isoformat() if name == "birthday" and value else value
    for name, (_, fields) in RELATED.items():
        row = getattr(member, name, None)
        shown[name] = {field: getattr(row, field, None) for field in fields}
    return shown


def parse_ssn(given):
    ssn = normalise(given)
    if ssn is None:
        raise BadRequest("ssn is not ten digits.")
    return ssn


def parse(given):
    """(values of the member, {relation: values}) with only what was given; raises BadRequest."""
    if not isinstance(given, dict):
        raise BadRequest("A member is a JSON object.")
    unknown = set(given) - set(OWN) - set(RELATED) - {"id", "ssn"}
    if unknown:
        raise BadRequest("Unknown fields: %s." % ", ".join(sorted(unknown)))
    own = {name: _value(Member, name, given[name]) for name in OWN if name in given}
    related = {}
    for name, (model, fields) in RELATED.items():
        if name not in given:
            continue
        part = given[name] if given[name] is not None else {field: None for field in fields}
        if not isinstance(part, dict) or set(part) - set(fields):
            raise BadRequest("%s takes %s." % (name, ", ".join(fields)))
        related[name] = {field: _value(model, field, value) for field, value in part.items()}
    return own, related


def _value(model, name, value):
    field = model._meta.get_field(name)
    if value is None and not field.null and field.blank:
        return ""
    if isinstance(field, models.DateField) and value is not None:
        well_typed = isinstance(value, str) and re.match(r"^\d{4}-\d\d-\d\d$", value)
    elif isinstance(field, models.BooleanField):
        well_typed = isinstance(value, bool)
    elif isinstance(field, models.IntegerField):
        well_typed = value is None or (isinstance(value, int) and not isinstance(value, bool))
    else:
        well_typed = value is None or (isinstance(value, str) and "\x00" not in value and not re.search("[\ud800-\udfff]", value))
    if not well_typed:
        raise BadRequest("%s is not valid." % name)
    try:
        # Integers outside the choices are stored as they come: the column takes them.
        if isinstance(field, models.IntegerField) and value is not None:
            field.run_validators(value)
            return value
        return field.clean(value, None)
    except ValidationError as error:
        raise BadRequest("%s is not valid (%s)." % (name, error.error_list[0].code))
