"""The example project's settings, with a second host app whose models look quite different."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "example"))

from project.settings import *  # noqa: E402,F401,F403
from project.settings import DATABASES, INSTALLED_APPS, LOGGING, MEMBER_SYNC  # noqa: E402

INSTALLED_APPS = INSTALLED_APPS + ["tests.hostapp"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEMBER_SYNC = dict(MEMBER_SYNC, TOKENS=["first-token\n", "second-token"], NUDGE_URL="", NUDGE_SECRETS=[])
# In memory there is no WAL, and no second process.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
LOGGING["root"]["level"] = "CRITICAL"
