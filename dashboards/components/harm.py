"""A mark for issues that harm the customer's own customers."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.numbers import number

Component = Any


def harm_badge(count: int | None) -> Component:
    """The customer's own customers suffer."""
    if count is None:
        text = _("Harms their customers")
    else:
        text = ngettext("Harms %(count)s of their customers", "Harms %(count)s of their customers", count, count=number(count))
    return html.Span(["▲ ", text], className="cl-badge cl-badge-harm")
