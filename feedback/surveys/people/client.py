"""Who asks, as far as one can tell without a cookie."""

import hashlib
import hmac

from flask import Request, current_app

from feedback.surveys.people.rules import MAX_AGENT, calls_itself_a_machine


def fingerprint(request: Request) -> str:
    """A keyed digest of address, browser and its languages: tells clients apart and nobody who they are."""
    headers = request.headers
    parts = (request.remote_addr or "", headers.get("User-Agent", "")[:MAX_AGENT], headers.get("Accept-Language", "")[:200])
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, ("survey client:" + "\n".join(parts)).encode(errors="replace"), hashlib.sha256).hex()[:32]


def is_fetched_ahead(request: Request) -> bool:
    """Whether a browser fetches what nobody has opened yet."""
    purpose = " ".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")).lower()
    return "prefetch" in purpose or "preview" in purpose or "prerender" in purpose


def may_be_a_person(request: Request) -> bool:
    """Whether a view can be somebody's; programs that prefetch, preview or name themselves are not."""
    agent = request.headers.get("User-Agent", "")
    return request.method == "GET" and not is_fetched_ahead(request) and not calls_itself_a_machine(agent)
