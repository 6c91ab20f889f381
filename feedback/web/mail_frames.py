"""A mail's HTML as a document of its own, to be shown in a frame of our pages."""

from flask import Response

from feedback.web.requests import MAIL_FRAME


def framed(html: str) -> Response:
    """The answer: nothing in it runs, and its links open in new windows."""
    aimed = html.replace("<head>", '<head><base target="_blank">', 1) if "<head>" in html else html
    headers = {"Content-Security-Policy": MAIL_FRAME, "X-Frame-Options": "SAMEORIGIN"}
    return Response(aimed, content_type="text/html; charset=utf-8", headers=headers)
