"""Blueprints of the JSON API: strict bodies, refused unknown fields, documented problems."""

import inspect
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import flask
import flask_smorest
import marshmallow as ma
from webargs.flaskparser import FlaskParser, abort, is_json_request
from werkzeug.routing import IntegerConverter, Map
from werkzeug.routing.converters import ValidationError

from feedback.kernel.db import MAX_ID
from feedback.web.schemas import ProblemOut

MAX_DEPTH = 32
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
NUL_MESSAGE = "Characters that no text may contain (NUL or half of a surrogate pair)."


class StrictParser(FlaskParser):
    """Refuses what a lenient JSON reader lets through and a database then trips over."""

    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": None,
        "query": ma.RAISE,
        "form": ma.RAISE,
    }

    def _raw_load_json(self, req: flask.Request) -> Any:
        body = req.get_data(cache=True)
        if body and not is_json_request(req):
            flask.abort(415, "Send the body as JSON with 'Content-Type: application/json'.")
        return parse_json(body) if body else ma.missing

    def load_querystring(self, req: flask.Request, schema: ma.Schema) -> Any:
        if "\x00" in req.query_string.decode("latin-1") or "%00" in req.query_string.decode("latin-1"):
            abort(422, messages={"query": [NUL_MESSAGE]})
        return super().load_querystring(req, schema)


def parse_json(body: bytes) -> Any:
    """Read one JSON document, as RFC 8259 has it: no NaN, no NUL, no lone surrogates, no name twice, no endless nesting.

    Raises:
        JSONDecodeError, UnicodeDecodeError: webargs answers them with 400.
    """
    text = body.decode("utf-8")
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; thousands of levels
        raise json.JSONDecodeError(str(error).split(":", maxsplit=1)[0], text, 0) from error
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_deeper(document, MAX_DEPTH):
        raise json.JSONDecodeError(f"More than {MAX_DEPTH} levels of nesting", text, 0)
    if _SUSPECT_ESCAPE.search(body) and not _is_clean(document):
        raise json.JSONDecodeError(NUL_MESSAGE, text, text.find("\\u"))
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise json.JSONDecodeError(
            f"The name {twice[:100]!r} occurs twice in one object", "{}", 0
        )  # webargs takes an empty text for no body
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a number in JSON", name, 0)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique)


def _is_clean(document: Any) -> bool:
    pending = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending += [*node, *node.values()]
        elif isinstance(node, list):
            pending += node
        elif isinstance(node, str) and re.search("[\0\ud800-\udfff]", node):
            return False
    return True


def _is_deeper(document: Any, levels: int) -> bool:
    level = [document]
    for _ in range(levels + 1):
        inner = [node for node in level if isinstance(node, dict | list)]
        level = [child for node in inner for child in (node.values() if isinstance(node, dict) else node)]
        if not inner:
            return False
    return True


def short_way(read: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let bodies that are plainly right go straight to a view; put it above `arguments`, which explains all others.

    `read` gets the JSON document and answers what the view takes, or None for "look closer". Finding out what is wrong, in
    which field and in which words, is most of what a parsed body costs, and hardly any body needs it.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        plain: Callable[..., Any] = inspect.unwrap(view)

        @wraps(view)
        def shortened(self: Any, *args: Any, **kwargs: Any) -> Any:
            found = _read_plainly(read)
            return view(self, *args, **kwargs) if found is None else plain(self, found, *args, **kwargs)

        return shortened

    return decorate


def _read_plainly(read: Callable[[Any], Any]) -> Any:
    if flask.request.mimetype != "application/json":
        return None
    try:
        return read(parse_json(flask.request.get_data()))
    except ValueError:
        return None


class IdConverter(IntegerConverter):
    """`<int:…>` in our routes: an id that no table can hold does not exist."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        options.setdefault("max", MAX_ID)
        super().__init__(url_map, *args, **options)

    def to_python(self, value: str) -> Any:
        if len(value) > len(str(MAX_ID)):
            raise ValidationError
        return super().to_python(value)


class Blueprint(flask_smorest.Blueprint):
    """What every `api.py` uses. Documents the problems that any route may answer."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prepare_doc_cbks.append(_document_problems)


PROBLEMS = {
    "400": "The body cannot be read",
    "401": "Nobody is logged in, or the token is not valid",
    "403": "The role or token does not allow this",
    "404": "It does not exist, or is not yours to see",
    "409": "It contradicts what is stored, or a rule refuses it",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "The input is not valid; `errors` names each field",
    "429": "Too many attempts; `Retry-After` says when to come back",
    "503": "The database cannot be written just now",
}


def _document_problems(doc: dict[str, Any], _info: dict[str, Any], **_options: Any) -> dict[str, Any]:
    responses = doc.setdefault("responses", {})
    responses.pop("default", None)
    for status, description in PROBLEMS.items():
        if status not in map(str, responses) or status == "422":
            responses.pop(int(status), None)
            content = {"application/problem+json": {"schema": ProblemOut}}
            responses[status] = {"description": description, "content": content}
    return doc
