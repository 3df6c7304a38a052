"""`Authorization: Token …` (or Bearer), compared in constant time against every token in use."""
import hmac

from . import conf


def is_authorised(request):
    scheme, _, given = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    given = given.strip().encode("utf-8", "surrogateescape")
    if scheme.lower() not in ("token", "bearer") or not given:
        return False
    matches = [hmac.compare_digest(given, token.encode("utf-8")) for token in conf.tokens()]
    return any(matches)
