"""Values between database, Python and JSON. All capture modes come through here: a trigger's raw values and the ORM's
give the same wire value."""
import datetime
import decimal
import re

from django.core.exceptions import ValidationError
from django.db import models

from . import clock, conf
from .kennitala import normalise
from .mapping import get_mapping

_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")


def key_of(member):
    """The member's key as the sync writes it: without dash, or as it stands when it is no kennitala."""
    raw = str(getattr(member, get_mapping().key.attname) or "")
    return normalise(raw) or raw.replace("-", "").replace(" ", "")


def status_values(name):
    value = conf.get("STATUS")[name]
    return list(value) if isinstance(value, (list, tuple)) else [value]


def raw_json(value):
    """A database value as JSON can hold it."""
    if isinstance(value, datetime.datetime):
        return clock.iso(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def to_wire(column, value):
    """What stands in a column, or what a trigger wrote of it, as the wire has it."""
    field = column.field
    if value is not None and isinstance(field, models.BooleanField):
        value = value in (True, 1, "1", "t", "true")
    if column.is_status:
        return "active" if value in status_values("active") else "inactive"
    if value is None or isinstance(value, bool):
        return value
    if isinstance(field, models.DecimalField):
        return str(decimal.Decimal(str(value)).quantize(decimal.Decimal(1).scaleb(-field.decimal_places)))
    if isinstance(field, models.DateTimeField) and isinstance(value, str):
        return clock.iso(clock.parse(value)) or value
    return raw_json(value)


class Refused(Exception):
    """A value that the target does not take; `message` never holds the value."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message

    def as_json(self):
        return {"code": self.code, "message": self.message}


_CODES = {
    "max_length": "too_long", "unique": "unique", "unique_together": "unique", "null": "required",
    "blank": "required", "required": "required",
}


def refusal_of(error, value=None):
    """A ValidationError in the wire's terms, with the value left out of its message."""
    first = error.error_list[0]
    code = _CODES.get(first.code, "invalid")
    try:
        message = str(first.message % dict(first.params, value="…") if first.params else first.message)
    except (TypeError, ValueError, KeyError):
        message = ""
    shown = "" if value is None else str(value)
    if not message or (len(shown) > 3 and shown in message):
        message = "This value is not accepted (%s)." % (first.code or "invalid")
    return Refused(code, message)


def from_wire(column, value, instance):
    """A wire value as Python has it, validated by the model's own field; raises Refused.

    Returns the value and, when it was kept although the field's choices do not list it, the name of that warning.
    """
    field = column.field
    if column.is_status:
        if value not in ("active", "inactive"):
            raise Refused("invalid", "The status is neither active nor inactive.")
        return status_values(value)[0], None
    if value is None:
        return _cleared(field), None
    value = _typed(field, value)
    if value == "" and field.null and (field.unique or not isinstance(field, (models.CharField, models.TextField))):
        # A unique column takes only one empty text, but any number of NULLs.
        return None, None
    warning = None
    try:
        if _is_unlisted_integer(field, value):
            value = field.to_python(value)
            field.run_validators(value)
            warning = "unknown_choice"
        else:
            value = field.clean(value, instance)
    except ValidationError as error:
        raise refusal_of(error, value)
    return value, warning


def _cleared(field):
    if field.null:
        return None
    if isinstance(field, (models.CharField, models.TextField)) and field.blank:
        return ""
    raise Refused("required", str(field.error_messages.get("blank" if field.null else "null", "This field is required.")))


def _typed(field, value):
    """Refuses what to_python would quietly turn into something else: 1.5 into 1, a list into its text."""
    if isinstance(field, models.BooleanField):
        good = isinstance(value, bool)
    elif isinstance(field, models.IntegerField):
        good = not isinstance(value, bool) and (
            (isinstance(value, int) and abs(value) < 2 ** 63) or (isinstance(value, float) and value.is_integer())
            or (isinstance(value, str) and re.match(r"^-?\d{1,18}$", value.strip()) is not None))
    elif isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        good = isinstance(value, str) and _DATE.match(value) is not None
    elif isinstance(field, (models.DecimalField, models.FloatField)):
        good = not isinstance(value, bool) and isinstance(value, (int, float, str))
    else:
        good = isinstance(value, str)
    if not good:
        raise Refused("invalid", "This is not a value for a %s." % field.get_internal_type())
    if isinstance(value, str) and ("\x00" in value or re.search("[\ud800-\udfff]", value)):
        raise Refused("invalid", "This text holds characters that cannot be stored.")
    return value


def _is_unlisted_integer(field, value):
    if conf.get("STRICT_CHOICES") or not field.choices or not isinstance(field, models.IntegerField):
        return False
    return int(value) not in [choice for choice, _ in field.flatchoices]
