"""What a thing is called for whoever reads: in their language, else by its one name, else by its code."""

from collections.abc import Mapping
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
    return text_for_reader(thing.names, sa.func.coalesce(sa.func.nullif(thing.name, ""), thing.code))


def text_for_reader(texts: Any, otherwise: Any) -> sa.ColumnElement[str]:
    """As a column: what stands in the reader's language, else the text for everybody."""
    own = texts[str(get_locale() or "en")].as_string()
    return sa.func.coalesce(sa.func.nullif(own, ""), otherwise)


def called(thing: Any) -> str:
    """The same of a loaded row."""
    return str(thing.names.get(str(get_locale() or "en")) or thing.name or thing.code)


def said(texts: Mapping[str, str], otherwise: str) -> str:
    """What `text_for_reader` gives, of loaded texts."""
    return texts.get(str(get_locale() or "en")) or otherwise
