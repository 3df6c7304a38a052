"""`sqlite:///path` or `postgres://user:password@host:port/name` as Django's DATABASES entry."""
from urllib.parse import unquote, urlsplit


def parse_database(url):
    parts = urlsplit(url.strip())
    if parts.scheme == "sqlite":
        # The path is absolute, with three slashes or four.
        path = unquote(url.strip()[len("sqlite://"):])
        return {"ENGINE": "member_sync.sqlite_immediate", "NAME": path.replace("//", "/", 1), "CONN_MAX_AGE": 600}
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
        }
    raise ValueError("MEMBER_SYNC_DB begins with neither sqlite:// nor postgres://")
