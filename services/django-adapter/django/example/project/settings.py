"""The example project. Everything that differs between installations comes from the environment; see README.md."""
import os

from project.database import parse_database

HERE = os.path.dirname(os.path.abspath(__file__))


def listed(name):
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


SECRET_KEY = os.environ.get("MEMBER_SYNC_SECRET_KEY", "").strip() or "only-for-trying-out"
DEBUG = False
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "member_sync",
    "felagar",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "member_sync.actor.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "project.urls"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {
    "default": parse_database(os.environ.get("MEMBER_SYNC_DB") or "sqlite:///%s" % os.path.join(HERE, "..", "example.sqlite3"))
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LANGUAGE_CODE = "is"
TIME_ZONE = "Atlantic/Reykjavik"
USE_I18N = False
USE_TZ = True
STATIC_URL = "/static/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Request lines hold kennitölur.
    "loggers": {"django.request": {"level": "CRITICAL"}, "django.server": {"level": "CRITICAL"}},
}

# To see what a field does that is mapped later: paths of FIELDS that this start leaves out.
UNMAPPED = listed("MEMBER_SYNC_UNMAPPED")

MEMBER_SYNC = {
    "MODEL": "felagar.Member",
    "KEY": "ssn",
    "FIELDS": {path: field for path, field in {
        "profile.name": "name",
        "profile.email": "contact_info.email",
        "profile.phone": "contact_info.phone",
        "profile.birthday": "birthday",
        "profile.gender": "gender",
        "profile.facebook": "contact_info.facebook",
        "address.street": "address.street",
        "address.postal_code": "address.postal_code",
        "address.city": "address.city",
        "membership.status": "is_active",
    }.items() if path not in UNMAPPED},
    "STATUS": {"active": True, "inactive": False},
    "TOKENS": listed("MEMBER_SYNC_TOKEN"),
    "NUDGE_URL": os.environ.get("MEMBER_SYNC_NUDGE_URL", ""),
    "NUDGE_SECRETS": listed("MEMBER_SYNC_NUDGE_SECRET"),
    "CAPTURE": os.environ.get("MEMBER_SYNC_CAPTURE", "").strip() or "auto",
}
