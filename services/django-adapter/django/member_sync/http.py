"""What all endpoints share: authentication, bodies, and errors that name no value."""
import functools
import json
import logging

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from . import auth

log = logging.getLogger("member_sync.http")
MAX_BODY_BYTES = 5 * 1024 * 1024


class BadRequest(Exception):
    def __init__(self, message, status=400):
        super().__init__(message)
        self.message = message
        self.status = status


def answer(content, status=200):
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(text.encode("utf-8"), content_type="application/json", status=status)
    # Django logs the path of each 4xx and 5xx answer, and a path may hold a kennitala.
    response._has_been_logged = True
    return response


def endpoint(*methods, busy_for="1"):
    """A JSON view for these methods. `busy_for` is what a database that is busy or away asks of everybody, in seconds."""

    def wrap(view):
        @csrf_exempt
        @transaction.non_atomic_requests
        @functools.wraps(view)
        def guarded(request, *args, **kwargs):
            if not auth.is_authorised(request):
                response = answer({"error": "Authentication failed."}, 401)
                response["WWW-Authenticate"] = "Token"
                return response
            if request.method not in methods:
                response = answer({"error": "Method not allowed."}, 405)
                response["Allow"] = ", ".join(methods)
                return response
            try:
                content = view(request, *args, **kwargs)
            except BadRequest as error:
                return answer({"error": error.message}, error.status)
            except (OperationalError, InterfaceError) as error:
                # Busy or away; the whole request is safe to send again.
                log.warning("%s: the database is not available (%s)", view.__name__, type(error).__name__)
                response = answer({"error": "The database is not available."}, 503)
                if busy_for is not None:
                    response["Retry-After"] = busy_for
                return response
            return content if isinstance(content, HttpResponse) else answer(content)

        return guarded

    return wrap


def body_of(request):
    """The request's JSON object. Read from the stream: Django's own limit is half of ours."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise BadRequest("The Content-Length is not a number.")
    raw = b"" if length > MAX_BODY_BYTES else request.read(MAX_BODY_BYTES + 1)
    if length > MAX_BODY_BYTES or len(raw) > MAX_BODY_BYTES:
        raise BadRequest("The body is larger than 5 MB.", 413)
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.")
    if not isinstance(body, dict):
        raise BadRequest("The body is not a JSON object.")
    return body


def _refuse_constant(name):
    raise ValueError(name)


def number(request, name, default, low, high):
    text = request.GET.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or len(text) > 19 or not low <= int(text):
        raise BadRequest("%s is not a number from %d." % (name, low))
    return min(int(text), high)
