"""Who makes the edit: `user:<pk>` of the request's user, never a name."""
from contextlib import contextmanager

try:
    from asgiref.local import Local
except ImportError:  # Django 2.2 has no asgiref
    from threading import local as Local

_current = Local()


def current_actor():
    named = getattr(_current, "actor", None)
    if named:
        return named
    user = getattr(getattr(_current, "request", None), "user", None)
    return "user:%s" % user.pk if user is not None and user.is_authenticated else None


def is_applying():
    return getattr(_current, "applying", False)


@contextmanager
def acting_as(actor):
    previous = getattr(_current, "actor", None)
    _current.actor = actor
    try:
        yield
    finally:
        _current.actor = previous


@contextmanager
def applying():
    """Our own writes: nobody needs to be told of them."""
    _current.applying = True
    try:
        yield
    finally:
        _current.applying = False


class ActorMiddleware:
    """Remembers the request; its user is looked at only when a member is written. Place it after authentication."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        _current.request = request
        try:
            return self.get_response(request)
        finally:
            _current.request = None
