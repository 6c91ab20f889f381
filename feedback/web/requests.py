"""What every request gets: an id, a line in the log (without secrets), and headers that keep browsers safe."""

import logging
import secrets
import time
from urllib.parse import quote

from flask import Flask, Response, g, request

logger = logging.getLogger("closedloop.access")
# Below these the rest of the path is a personal token: it belongs in no log, cache or Referer.
TOKEN_PATHS = ("/s/", "/u/", "/v/", "/p/", "/m/", "/e/", "/t/", "/inbound/", "/calendar/", "/embed/")
DASH_PREFIX = "/app/"
_STRICT = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; connect-src 'self'"
_PAGE = _STRICT + "; font-src 'self' data:; img-src 'self' data:; manifest-src 'self'; script-src 'self' 'nonce-{0}'"
# plotly, Mantine and AG Grid write <style> elements of their own; scripts stay as strict as elsewhere
_DASH = (
    _PAGE.replace("img-src 'self' data:", "img-src 'self' data: blob:")
    + "; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; frame-src 'self'"
)
_PAGE += "; style-src 'self' 'nonce-{0}'"
# somebody's mail in a frame of our pages: it shows itself and opens links in new windows, it runs, sends and loads nothing
MAIL_FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_MACHINE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def register_requests(app: Flask, *, secure: bool) -> None:
    """Attach the hooks to the application."""
    app.before_request(_begin)
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def _finish(response: Response) -> Response:
        _protect(response, secure=secure)
        _log(response)
        return response


def csp_nonce() -> str:
    """The nonce of this response; inline scripts and styles need it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = time.perf_counter()


def _protect(response: Response, *, secure: bool) -> None:
    headers, path = response.headers, request.path
    headers["X-Request-Id"] = g.get("request_id", "")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer" if path.startswith(TOKEN_PATHS) else "same-origin"
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = _policy(response)
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if response.mimetype == "text/html":
        if not g.get("frame_origins"):  # that header cannot name other sites; the policy does
            headers.setdefault("X-Frame-Options", "DENY")
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if not _is_shared(response):
        headers["Cache-Control"] = "no-store"
        response.vary.update(("Cookie", "Authorization"))
    if path.startswith(TOKEN_PATHS):
        headers["X-Robots-Tag"] = "noindex, nofollow"


def _policy(response: Response) -> str:
    if response.mimetype != "text/html":
        return _MACHINE
    policy = (_DASH if request.path.startswith(DASH_PREFIX) else _PAGE).format(csp_nonce())
    origins = g.get("frame_origins")  # only an embedded form sets them, to those that its key lists
    return policy.replace("frame-ancestors 'none'", "frame-ancestors " + " ".join(origins)) if origins else policy


def _is_shared(response: Response) -> bool:
    """Files of the program, the same for everybody."""
    path = request.path
    is_file = path.startswith(("/static/", "/app/assets/", "/app/_dash-component-suites/", "/app/_program/", "/app/_favicon"))
    return is_file and response.status_code in {200, 304}


def _log(response: Response) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    path = request.path
    if path.startswith(TOKEN_PATHS):
        path = "/" + path.split("/")[1] + "/…"
    elapsed = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
    viewer = g.get("viewer")
    logger.info(
        "%s %s %s %.1f ms %s %s",
        request.method,
        quote(path, safe="/…-._~"),
        response.status_code,
        elapsed,
        getattr(viewer, "actor", "-"),
        g.get("request_id", "-"),
    )
