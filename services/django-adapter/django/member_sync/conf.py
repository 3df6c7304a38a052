"""The one settings dict, `MEMBER_SYNC`, with its defaults."""
from django.conf import settings

DEFAULTS = {
    # "app.Model" of the member, and its kennitala column.
    "MODEL": None,
    "KEY": "ssn",
    # canonical path -> ORM path, one relation deep: {"profile.email": "contact_info.email"}
    "FIELDS": {},
    # canonical status -> stored value; a list where several stored values mean the same (the first is written).
    "STATUS": {"active": True, "inactive": False},
    # paths that are refused together; None: every path under "address."
    "GROUPS": None,
    # accepted API tokens; several while one is being replaced
    "TOKENS": [],
    # where to say "something changed", and the Standard Webhooks secrets it is signed with
    "NUDGE_URL": "",
    "NUDGE_SECRETS": [],
    # "auto": triggers where the database has them, else signals
    "CAPTURE": "auto",
    # store a new member's kennitala as DDMMYY-XXXX
    "DASH": False,
    # ORM field -> value (or function without arguments) for members that the sync creates
    "CREATE_DEFAULTS": {},
    # False: an integer that is not among a field's choices is kept as it is and named in "warnings"
    "STRICT_CHOICES": False,
}

STATUS_PATH = "membership.status"
KEY_PATH = "profile.kennitala"


def get(name):
    """One setting, read each time so that override_settings works."""
    return getattr(settings, "MEMBER_SYNC", {}).get(name, DEFAULTS[name])


def as_list(value):
    """Settings that may be one string or several, trimmed, blanks left out."""
    if value is None:
        return []
    values = [value] if isinstance(value, str) else list(value)
    return [str(v).strip() for v in values if v is not None and str(v).strip()]


def tokens():
    return as_list(get("TOKENS"))


def nudge_secrets():
    return as_list(get("NUDGE_SECRETS"))


def nudge_url():
    return str(get("NUDGE_URL") or "").strip()


def groups():
    """The groups as lists of paths; a path in no group stands alone."""
    configured = get("GROUPS")
    if configured is None:
        return [[path for path in get("FIELDS") if path.startswith("address.")]]
    return [list(group) for group in configured]


def group_of(path):
    for group in groups():
        if path in group:
            return group
    return [path]
