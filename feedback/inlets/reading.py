"""From the bytes of an event to what it says, with the settings of its connector."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from feedback.inlets.models import Connector
from feedback.inlets.rules.events import Carried, Nothing, Pointed, Unfit, classify, set_aside
from feedback.inlets.rules.kinds import ConnectorKind, Trouble
from feedback.inlets.rules.shapes import Said, read_said
from feedback.web.blueprint import parse_json

Found = Said | Pointed | Nothing


def read_event(connector: Connector, body: bytes, content_type: str) -> Found:
    """What a delivery says, points at, or is about.

    Raises:
        Unfit: it cannot be used as it is.
    """
    document = _document(connector.kind, body)
    if connector.kind is ConnectorKind.SURVEYMONKEY and "pages" in document:  # what a person tries out: a fetched answer
        return read_fetched(connector, document)
    if connector.kind is ConnectorKind.QUALTRICS and isinstance(document.get("result"), dict):  # the same, of Qualtrics
        return read_fetched(connector, document["result"])
    found = classify(connector.kind, document, content_type.partition(";")[0].strip())
    return _said(connector, found.document) if isinstance(found, Carried) else found


def read_fetched(connector: Connector, document: Mapping[str, Any]) -> Said | Nothing:
    """What a fetched answer says; one that its respondent has not ended says nothing yet.

    Raises:
        Unfit: it cannot be used as it is.
    """
    return _said(connector, document)


def _said(connector: Connector, document: Any) -> Said | Nothing:
    about = set_aside(connector.kind, document)
    if about is not None:
        return Nothing(about)
    return read_said(connector.kind, document, connector.mapping, tuple(map(str, connector.versions)))


def _document(kind: ConnectorKind, body: bytes) -> dict[str, Any]:
    try:
        form = kind is ConnectorKind.QUALTRICS and not body.lstrip().startswith((b"{", b"["))
        document = _form(body) if form else parse_json(body)
    except (ValueError, RecursionError) as error:
        raise Unfit(Trouble.NOT_READABLE, "JSON") from error
    if not isinstance(document, dict):
        raise Unfit(Trouble.NOT_READABLE, "JSON")
    return document


def _form(body: bytes) -> Any:
    """The fields of a form; of a signed event only what is signed."""
    fields = {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=50).items()}
    if "MSG" not in fields:
        return fields
    try:
        return parse_json(fields["MSG"].encode())
    except ValueError as error:  # what is encrypted is Base64
        raise Unfit(Trouble.NOT_READABLE, 'MSG; subscribe with "encrypt": false') from error
