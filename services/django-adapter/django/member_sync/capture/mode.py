"""Which way changes are captured on a connection."""
from .. import conf

HAS_TRIGGERS = ("postgresql", "sqlite")


def capture_mode(connection):
    """"triggers" or "signals"."""
    if conf.get("CAPTURE") == "signals" or connection.vendor not in HAS_TRIGGERS:
        return "signals"
    return "triggers"
