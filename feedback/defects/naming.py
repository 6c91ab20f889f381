"""What a defect is called for whoever reads: in their language, else by its one name, else by its code."""

from collections.abc import Mapping

import sqlalchemy as sa

from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.web.naming import name_for_reader


def shown_name() -> sa.ColumnElement[str]:
    """The name of `Defect` as a column, for the reader of this request."""
    return name_for_reader(Defect)


def is_called(text: str) -> sa.ColumnElement[bool]:
    """Whether `Defect` has the text in the name that the reader sees, or in the one it has without a language."""
    return shown_name().icontains(text, autoescape=True) | Defect.name.icontains(text, autoescape=True)


def shown_names() -> Mapping[str, str]:
    """Code → name, of the whole catalogue."""
    found: dict[str, str] = {}
    for code, name in db.session.execute(sa.select(Defect.code, shown_name())):
        found[code] = name
    return found
