"""System checks: what is wrong with the settings is said at start, not at the first change."""
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models

from . import conf, nudge
from .capture.mode import HAS_TRIGGERS, capture_mode
from .mapping import get_mapping


@register()
def check_mapping(app_configs, **kwargs):
    try:
        mapping = get_mapping()
    except (ImproperlyConfigured, LookupError, ValueError) as error:
        return [Error("MEMBER_SYNC: %s" % error, id="member_sync.E001")]
    except Exception as error:
        return [Error("MEMBER_SYNC: %s cannot be resolved (%s)." % (conf.get("MODEL"), error), id="member_sync.E001")]
    found = []
    if not mapping.key.unique:
        found.append(Error("MEMBER_SYNC: the key %s is not unique." % mapping.key.name, id="member_sync.E002"))
    if not isinstance(mapping.key, (models.CharField, models.TextField)):
        found.append(Error("MEMBER_SYNC: the key %s is not a text: leading zeros would be lost." % mapping.key.name,
                           id="member_sync.E009"))
    unknown = {path for group in conf.groups() for path in group} - set(mapping.columns)
    if unknown:
        found.append(Error("MEMBER_SYNC: GROUPS names paths that FIELDS does not map: %s." % ", ".join(sorted(unknown)),
                           id="member_sync.E003"))
    if mapping.status is not None and not {"active", "inactive"} <= set(conf.get("STATUS")):
        found.append(Error("MEMBER_SYNC: STATUS needs 'active' and 'inactive'.", id="member_sync.E004"))
    return found


@register(Tags.security)
def check_secrets(app_configs, **kwargs):
    found = []
    if not conf.tokens():
        found.append(Warning("MEMBER_SYNC: TOKENS is empty; the sync endpoints refuse everybody.", id="member_sync.W001"))
    configured = conf.get("TOKENS")
    configured = [configured] if isinstance(configured, str) else list(configured or [])
    if any(token is None or not str(token).strip() or str(token) != str(token).strip() for token in configured):
        found.append(Warning("MEMBER_SYNC: a token is blank or has white space around it; it is trimmed.",
                             id="member_sync.W002"))
    if conf.nudge_url():
        if not conf.nudge_url().startswith(("http://", "https://")):
            found.append(Error("MEMBER_SYNC: NUDGE_URL is not an http address.", id="member_sync.E005"))
        if not conf.nudge_secrets():
            found.append(Warning("MEMBER_SYNC: NUDGE_URL is set, NUDGE_SECRETS is not.", id="member_sync.W003"))
        for secret in conf.nudge_secrets():
            try:
                nudge.secret_bytes(secret)
            except ValueError:
                found.append(Error("MEMBER_SYNC: a nudge secret is not base64.", id="member_sync.E006"))
    return found


@register()
def check_database(app_configs, **kwargs):
    try:
        connection = connections[get_mapping().alias]
    except Exception:  # check_mapping says what is wrong
        return []
    found = []
    if conf.get("CAPTURE") not in ("auto", "triggers", "signals"):
        found.append(Error("MEMBER_SYNC: CAPTURE is none of auto, triggers, signals.", id="member_sync.E007"))
    elif conf.get("CAPTURE") == "triggers" and connection.vendor not in HAS_TRIGGERS:
        found.append(Error("MEMBER_SYNC: there are no triggers for %s." % connection.vendor, id="member_sync.E008"))
    elif capture_mode(connection) == "signals":
        found.append(Warning("MEMBER_SYNC: changes are captured by signals: update(), bulk writes, raw SQL and other"
                             " programs are not seen.", id="member_sync.W004"))
    if connection.vendor == "sqlite" and not _begins_immediate(connection):
        found.append(Warning(
            "MEMBER_SYNC: SQLite with Django's deferred BEGIN fails with 'database is locked' under load.",
            hint="Use ENGINE 'member_sync.sqlite_immediate', or from Django 5.1 the option transaction_mode IMMEDIATE.",
            id="member_sync.W005"))
    return found


def _begins_immediate(connection):
    from .sqlite_immediate.base import DatabaseWrapper

    mode = connection.settings_dict.get("OPTIONS", {}).get("transaction_mode") or ""
    return isinstance(connection, DatabaseWrapper) or mode.upper() in ("IMMEDIATE", "EXCLUSIVE")


@register(Tags.database)
def check_triggers(app_configs, databases=None, **kwargs):
    """With `check --database`, and by migrate."""
    from .capture import triggers

    try:
        alias = get_mapping().alias
    except Exception:  # check_mapping says what is wrong
        return []
    if alias not in (databases or []) or capture_mode(connections[alias]) != "triggers":
        return []
    bad = sorted(name for name, state in triggers.status(alias).items() if state != "installed")
    if not bad or not triggers.have_our_tables(connections[alias]):
        return []
    return [Warning("MEMBER_SYNC: triggers missing or outdated: %s." % ", ".join(bad),
                    hint="Run migrate, or member_sync_triggers install.", id="member_sync.W006")]
