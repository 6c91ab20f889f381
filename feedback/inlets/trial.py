"""How a pasted event would be read; nothing is stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from feedback.extensions import db
from feedback.inlets.models import Connector
from feedback.inlets.reading import read_event
from feedback.inlets.rules.events import Nothing, Pointed, Unfit
from feedback.inlets.rules.kinds import Trouble
from feedback.inlets.wording import trouble_words


@dataclass(frozen=True, slots=True)
class Tried:
    """`verdict` is answer, needs_fetching, ignored or quarantined."""

    verdict: str
    said: dict[str, Any] = field(default_factory=dict)
    trouble: Trouble | None = None
    reason: str | None = None


def try_out(connector: Connector, sample: str, content_type: str, mapping: Mapping[str, str] | None = None) -> Tried:
    """Read a sample with the connector's settings, or with another mapping."""
    tried = connector
    if mapping is not None:
        db.session.expunge(connector)  # what is only tried is not stored
        tried.mapping = dict(mapping)
    try:
        found = read_event(tried, sample.encode(errors="replace"), content_type)
    except Unfit as unfit:
        detail = {"field": unfit.field, "found": unfit.found}
        return Tried("quarantined", trouble=unfit.trouble, reason=trouble_words(unfit.trouble, detail))
    if isinstance(found, Nothing):
        return Tried("ignored", {"about": found.about})
    if isinstance(found, Pointed):
        return Tried("needs_fetching", asdict(found))
    return Tried("answer", {name: _plain(value) for name, value in asdict(found).items() if value not in (None, ())})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
