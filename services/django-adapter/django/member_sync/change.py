"""One requested change, parsed; and what came of it."""
from . import conf
from .kennitala import normalise

#: "cancel" writes nothing and uses up its write id: a copy of that command which comes later is not applied.
ACTIONS = ("create", "update", "delete", "upsert", "cancel")


class Malformed(Exception):
    """The request is not a change; nothing about it will get better by sending it again."""


class Change:
    """`guarded`: sent with a write id, so compare-and-set; otherwise the seed's old shape.

    `emitted_at`: when the sender decided on it, in milliseconds since 1970; None from a sender that does not say.
    """

    def __init__(self, raw):
        self.given_ssn = raw.get("kennitala") if isinstance(raw, dict) else None
        self.write_id = raw.get("write_id") if isinstance(raw, dict) else None
        self.problem = None
        try:
            self._parse(raw)
        except Malformed as error:
            self.problem = str(error)

    def _parse(self, raw):
        if not isinstance(raw, dict):
            raise Malformed("The change is not an object.")
        self.guarded = "write_id" in raw
        if self.guarded and not (isinstance(self.write_id, str) and 0 < len(self.write_id) <= 128 and "\x00" not in self.write_id):
            raise Malformed("write_id is not a text of 1 to 128 characters.")
        self.ssn = normalise(self.given_ssn)
        if self.ssn is None:
            raise Malformed("The kennitala is not ten digits.")
        self.action = raw.get("action", "update")
        if self.action not in ACTIONS:
            raise Malformed("The action is none of %s." % ", ".join(ACTIONS))
        self.lineage = raw.get("lineage")
        if self.lineage is not None and not (isinstance(self.lineage, str) and 0 < len(self.lineage) <= 64):
            raise Malformed("lineage is not a text of 1 to 64 characters.")
        self.emitted_at = raw.get("emitted_at_ms")
        if self.emitted_at is not None and (type(self.emitted_at) is not int or self.emitted_at < 0):
            raise Malformed("emitted_at_ms is not a number of milliseconds since 1970.")
        self.values = raw.get("changes") if raw.get("changes") is not None else {}
        if not isinstance(self.values, dict):
            raise Malformed("changes is not an object.")
        self.expected = raw.get("expected_revision")
        if self.guarded:
            if "expected_revision" not in raw:
                raise Malformed("expected_revision is missing.")
            if self.expected is not None and type(self.expected) is not int:
                raise Malformed("expected_revision is neither null nor a number.")
        if self.action == "cancel" and not self.guarded:
            raise Malformed("cancel needs a write_id.")
        if self.action == "delete":
            self.values = {conf.STATUS_PATH: "inactive"}


class Outcome:
    """What came of a change. `kept`: an answer given earlier to the same write id."""

    def __init__(self, status, message="", updated=(), errors=None, warnings=None, kept=False):
        self.status = status
        self.message = message
        self.updated = list(updated)
        self.errors = errors or {}
        self.warnings = warnings or {}
        self.kept = kept


def rejected(errors, kept=False):
    return Outcome("rejected", "Refused: " + ", ".join(sorted(errors)), errors=errors, kept=kept)
