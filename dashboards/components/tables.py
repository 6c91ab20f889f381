"""Tables that become cards on a phone. Rows carry what is shown and no more; sorting and paging are links."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.numbers import number
from dashboards.page import Query

Component = Any
Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: its head, what stands in a cell, and the `sort` parameter if the list can be ordered by it."""

    label: str
    cell: Callable[[Row], Component]
    sort: str | None = None
    right: bool = False
    main: bool = False  # the headline of the card on a phone
    side: bool = False  # beside the headline there
    wide: bool = False  # not on a phone


def table(
    columns: Sequence[Column[Row]],
    rows: Sequence[Row],
    *,
    caption: str,
    query: Query | None = None,
    selected: Callable[[Row], bool] = lambda _row: False,
) -> Component:
    """A table; `j` and `k` move through its rows (the cell with `row_link` takes the focus)."""
    head = html.Thead(html.Tr([_head(column, query) for column in columns]))
    body = html.Tbody([_row(columns, row, selected(row)) for row in rows])
    return html.Table([html.Caption(caption, className="cl-hidden"), head, body], className="cl-table")


def _head(column: Column[Row], query: Query | None) -> Component:
    if not column.label:
        return html.Td()  # a head without words is no head
    if query is None or column.sort is None:
        return html.Th(column.label, scope="col", className="cl-right" if column.right else None)
    now = query.get("sort")
    arrow, following = {column.sort: (" ↑", f"-{column.sort}"), f"-{column.sort}": (" ↓", None)}.get(now, (" ↕", column.sort))
    link = dcc.Link(column.label + arrow, href=query.link(sort=following, page=None))
    state = {" ↑": "ascending", " ↓": "descending"}.get(arrow, "none")
    return html.Th(link, scope="col", className="cl-right" if column.right else None, **attributes(aria_sort=state))


def _row(columns: Sequence[Column[Row]], row: Row, selected: bool) -> Component:
    cells = [
        html.Td(
            column.cell(row),
            className=_class(column),
            **attributes(data_label=column.label),
        )
        for column in columns
    ]
    return html.Tr(cells, className="cl-selected" if selected else None, **attributes(data_row="1"))


def _class(column: Column[Row]) -> str | None:
    wanted = {"cl-right": column.right, "cl-main": column.main, "cl-side": column.side, "cl-wide-only": column.wide}
    return " ".join(name for name, is_so in wanted.items() if is_so) or None


def row_link(label: str, href: str) -> Component:
    """The link that opens a row; `j` and `k` move the focus from one to the next."""
    return html.Span(dcc.Link(label, href=href, className="cl-row-link"), className="cl-row-name")


def page_of(query: Query, *, total: int, size: int) -> int:
    """The page that the address asks for; the last one where there are fewer, because lists shrink after they were bookmarked."""
    return min(query.number("page", 1) or 1, _pages(total, size))


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))


def pager(query: Query, *, total: int, size: int) -> Component:
    """Links to the page before and after, and where we are."""
    page, last = page_of(query, total=total, size=size), _pages(total, size)
    if last == 1:
        return None
    first, final = (page - 1) * size + 1, min(page * size, total)
    where = _("%(first)s–%(last)s of %(total)s", first=number(first), last=number(final), total=number(total))
    before = dcc.Link(_("Previous"), href=query.link(page=page - 1 if page > 2 else None), className="cl-button")
    after = dcc.Link(_("Next"), href=query.link(page=page + 1), className="cl-button")
    return html.Nav(
        [before if page > 1 else None, html.Span(where, className="cl-note"), after if page < last else None],
        className="cl-pager",
        **attributes(aria_label=_("Pages of the list")),
    )
