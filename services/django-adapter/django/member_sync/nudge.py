"""Says "something changed" to the adapter after a commit. It carries no data; losing it costs the poll interval."""
import base64
import binascii
import hashlib
import hmac
import http.client
import json
import logging
import os
import threading
import time
import uuid
from urllib.parse import urlsplit

from . import conf

log = logging.getLogger("member_sync.nudge")
TIMEOUT_SECONDS = 2
COALESCE_SECONDS = 0.05

_lock = threading.Lock()
_changed = threading.Event()
_owner_pid = None


def poke():
    """Wakes the sender; returns at once. The thread is started late, since servers fork."""
    global _owner_pid
    if not conf.nudge_url():
        return
    if _owner_pid != os.getpid():
        with _lock:
            if _owner_pid != os.getpid():
                _owner_pid = os.getpid()
                threading.Thread(target=_run, name="member-sync-nudge", daemon=True).start()
    _changed.set()


def _run():
    """A commit that comes alone is told at once; what comes right after it is told together."""
    while True:
        _changed.wait()
        _changed.clear()
        try:
            send()
        except Exception as error:  # a nudge may be lost; the save it tells of may not fail
            log.warning("nudge failed: %s", type(error).__name__)
        time.sleep(COALESCE_SECONDS)


def secret_bytes(secret):
    text = secret[len("whsec_"):] if secret.startswith("whsec_") else secret
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("a nudge secret is not base64")


def signed_headers(body, message_id, timestamp, secrets):
    signed = ("%s.%s." % (message_id, timestamp)).encode("ascii") + body
    signatures = []
    for secret in secrets:
        digest = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
        signatures.append("v1," + base64.b64encode(digest).decode("ascii"))
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def send():
    """One POST, no redirects, no proxies; returns the status."""
    url = urlsplit(conf.nudge_url())
    body = json.dumps({"type": "django.changed"}).encode("ascii")
    headers = signed_headers(body, "msg_" + uuid.uuid4().hex, int(time.time()), conf.nudge_secrets())
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=TIMEOUT_SECONDS)
    try:
        path = (url.path or "/") + ("?" + url.query if url.query else "")
        connection.request("POST", path, body=body, headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status >= 300:
        log.warning("nudge answered with %s", status)
    return status
