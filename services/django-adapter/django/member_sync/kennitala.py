"""The key of a member: ten digits. The check digit is never looked at: since 2026 new ones have none."""
import re

_TEN_DIGITS = re.compile(r"^[0-9]{10}$")


def normalise(text):
    """Ten digits without dash or spaces, or None."""
    if not isinstance(text, str):
        return None
    digits = re.sub(r"[\s\-\u2010-\u2013]", "", text)
    return digits if _TEN_DIGITS.match(digits) else None


def dashed(ssn):
    return ssn[:6] + "-" + ssn[6:]


def spellings(ssn):
    """How the same key may stand in a host's column."""
    return [ssn, dashed(ssn), ssn[:6] + " " + ssn[6:]]


def is_plain(text):
    """Whether a stored key is one of the spellings under which a member is looked for."""
    ssn = normalise(text)
    return ssn is not None and text in spellings(ssn)


def is_company(ssn):
    """Day + 40. First digit 8 or 9 is a temporary id of a person."""
    return ssn[0] in "4567"


def masked(ssn):
    return (ssn or "")[:6] + "-****"


def chunks(items, size=300):
    """Parts small enough for databases that take 999 parameters; a key has three spellings."""
    items = list(items)
    return [items[start:start + size] for start in range(0, len(items), size)]
