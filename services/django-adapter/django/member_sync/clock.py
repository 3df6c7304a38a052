"""Times: always UTC, microseconds and Z on the wire; a naive time in the database is UTC."""
import datetime
import re

from django.conf import settings
from django.utils import timezone

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d\d:?\d\d)?$"
)


def now():
    """The time as this project's DateTimeFields want it."""
    return timezone.now() if settings.USE_TZ else datetime.datetime.utcnow()


def iso(moment):
    if moment is None:
        return None
    if timezone.is_aware(moment):
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%06dZ" % moment.microsecond


def epoch_ms(moment):
    """Milliseconds since 1970, with a fraction."""
    aware = moment if timezone.is_aware(moment) else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) / datetime.timedelta(milliseconds=1)


def parse(text):
    """An ISO time as a value to compare with a DateTimeField, or None when it is not one."""
    # A plus sign in a query string arrives as a space.
    match = _ISO.match(re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip()) if text.count(":") > 2 else text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime.datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")), UTC,
        )
    except ValueError:
        return None
    if zone and zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        moment -= (1 if zone[0] == "+" else -1) * datetime.timedelta(hours=hours, minutes=minutes)
    return moment if settings.USE_TZ else moment.replace(tzinfo=None)
