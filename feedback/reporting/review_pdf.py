"""The review pack as a PDF: A4, page numbers, the account and how confidential it is on every page; its font comes along."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from markupsafe import escape

from feedback.reporting.review_pack import Bar, Item, ReviewPack, Section

FONTS = Path(__file__).with_name("fonts")
_PLAIN, _BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
_MARGIN, _FOOT = 50, 34  # points
_QUIET, _LINE, _NOW, _BEFORE = "#5c6470", "#c9ced6", "#0b61a4", "#c9ced6"


def review_pdf(pack: ReviewPack) -> bytes:
    """The document as bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    _register_fonts()
    target = BytesIO()
    width, height = A4
    document = BaseDocTemplate(
        target, pagesize=A4, title=pack.title, author="closedloop", subject=pack.facts, lang=pack.language
    )  # fmt: skip
    frame = Frame(_MARGIN, _MARGIN + 10, width - 2 * _MARGIN, height - 2 * _MARGIN - 20, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=_framed(pack)))
    styles = _styles()
    story = [_text(pack.title, styles["title"]), _text(f"{pack.facts} · {pack.made_on}", styles["note"])]
    for section in pack.sections:
        story += _section(section, styles, width - 2 * _MARGIN)
    document.build(story)
    return target.getvalue()


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (_PLAIN, _BOLD):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))


def _framed(pack: ReviewPack) -> Callable[[Any, Any], None]:
    """What stands at the foot of each page."""

    def draw(canvas: Any, _document: Any) -> None:
        canvas.saveState()
        canvas.setFont(_PLAIN, 8)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_MARGIN, _FOOT, f"{pack.account} · {pack.confidential}"[:140])
        page = _("Page %(page)s", page=canvas.getPageNumber())
        canvas.drawRightString(canvas._pagesize[0] - _MARGIN, _FOOT, page)
        canvas.restoreState()

    return draw


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    base = ParagraphStyle("text", fontName=_PLAIN, fontSize=10, leading=14)
    return {
        "title": ParagraphStyle("title", base, fontName=_BOLD, fontSize=18, leading=23, spaceAfter=4),
        "head": ParagraphStyle(
            "head", base, fontName=_BOLD, fontSize=12, leading=16, spaceBefore=12, spaceAfter=2, keepWithNext=1
        ),
        "text": base,
        "item": ParagraphStyle("item", base, leftIndent=14, bulletIndent=0, spaceBefore=3),
        "detail": ParagraphStyle("detail", base, leftIndent=14, fontSize=8.5, leading=12, textColor=_QUIET),
        "note": ParagraphStyle("note", base, fontSize=8.5, leading=12, textColor=_QUIET, keepWithNext=1),
    }


def _text(text: str, style: Any, **more: Any) -> Any:
    """A paragraph; what people typed is text, never markup."""
    from reportlab.platypus import Paragraph

    return Paragraph(str(escape(text)).replace("\n", "<br/>"), style, **more)


def _section(section: Section, styles: dict[str, Any], width: float) -> list[Any]:
    story = [_text(section.title, styles["head"])]
    if section.note:
        story.append(_text(section.note, styles["note"]))
    if section.bars:
        story.append(_chart(section.bars, width))
        return [*story, _text(_("Dark: these months. Light: the same months a year before."), styles["note"])]
    if not section.items:
        return [*story, _text(section.empty, styles["text"])]
    for item in section.items:
        story += _item(item, styles)
    return story


def _item(item: Item, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import KeepTogether

    lines = [_text(item.text, styles["item"], bulletText=item.sign or "•")]
    if item.detail:
        lines.append(_text(item.detail, styles["detail"]))
    # a long text may be cut by the end of a page; a short one stays with its detail
    return [KeepTogether(lines)] if len(item.text) + len(item.detail) < 600 else lines


def _chart(bars: Sequence[Bar], width: float, height: float = 110) -> Any:
    """Two columns a month: now, and a year before."""
    from reportlab.graphics.shapes import Drawing, Line, Rect, String
    from reportlab.lib.colors import HexColor

    drawing, foot = Drawing(width, height), 16
    most = max((max(bar.value, bar.before or 0) for bar in bars), default=0) or 1
    step = width / len(bars)
    for place, bar in enumerate(bars):
        for share, amount, colour in ((0.12, bar.before or 0, _BEFORE), (0.46, bar.value, _NOW)):
            tall = max(amount, 0) / most * (height - foot - 6)
            drawing.add(Rect(place * step + share * step, foot, 0.32 * step, tall, fillColor=HexColor(colour), strokeColor=None))
        label = String(place * step + step / 2, 4, bar.label, fontName=_PLAIN, fontSize=6.5, textAnchor="middle")
        drawing.add(label)
    drawing.add(Line(0, foot, width, foot, strokeColor=HexColor(_LINE), strokeWidth=0.7))
    return drawing
