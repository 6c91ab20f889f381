"""Links as QR codes, for paper and for a screen across the desk."""

import base64
import io

import segno

QUIET = 4  # modules of white around it, as readers expect


def qr_svg(url: str) -> str:
    """A code as SVG, black on white in every colour scheme, because readers need the contrast."""
    buffer = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        buffer, kind="svg", border=QUIET, scale=6, dark="#000", light="#fff", xmldecl=False
    )
    return buffer.getvalue().decode()


def qr_png(url: str) -> bytes:
    """A code as PNG, large enough to be printed."""
    buffer = io.BytesIO()
    segno.make(url, error="m", micro=False).save(buffer, kind="png", border=QUIET, scale=10, dark="#000", light="#fff")
    return buffer.getvalue()


def as_data(content: bytes | str, kind: str) -> str:
    """Content as an address of its own, so that nothing about a link is fetched or stored anywhere."""
    raw = content.encode() if isinstance(content, str) else content
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def qr_data(url: str, form: str) -> str:
    """A code as an address of its own; `form` is svg or png."""
    return as_data(qr_png(url), "image/png") if form == "png" else as_data(qr_svg(url), "image/svg+xml")
