"""What a thing is called for whoever reads: in their language, else by its one name, else by its code."""

from typing import Any, Protocol

import sqlalchemy as sa
from flask_babel import get_locale


class Named(Protocol):
    """A table of things with a `name` without a language, and `names` by language: {"es": "Siniestros", …}."""

    code: Any
    name: Any
    names: Any


def name_for_reader(thing: type[Named]) -> sa.ColumnElement[str]:
    """The name as a column, for the reader of this request."""
    own = thing.names[str(get_locale() or "en")].as_string()
    return sa.func.coalesce(sa.func.nullif(own, ""), sa.func.nullif(thing.name, ""), thing.code)


def called(thing: Any) -> str:
    """The same of a loaded row."""
    return str(thing.names.get(str(get_locale() or "en")) or thing.name or thing.code)
