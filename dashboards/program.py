"""The program of the pages: what Dash would ask for in some twenty requests, as one file that browsers keep.

Until the program is there nobody can press a button. Six requests at a time, each with its turn at the server, take longer than
reading the same bytes once, and stand in the way of what the first picture needs. plotly.js stays a file of its own, because a
page can be used before its figures answer to the pointer.
"""

import hashlib
import pkgutil
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dash import Dash
from dash.fingerprint import check_fingerprint
from flask import Flask, Response

from dashboards.page import PREFIX
from dashboards.theme import css_variables
from feedback.kernel.errors import NotFound

_HERE = Path(__file__).parent
_FILES = re.compile('<script src="([^"]+)"')
_PICTURES = re.compile(r"url\(([\w/-]+\.svg)\)")
_SUITES = f"{PREFIX}_dash-component-suites/"
_PLOTLY = "vendor/plotly-basic"
# No page has an old DataTable. Of Dash's polyfill only this is not in every browser of today: Dash's files ask for it by name.
_LEFT_OUT = ("/deps/polyfill@", "/dash_table/", _PLOTLY, "regenerator-runtime")
_FIRST = f"{PREFIX}assets/vendor/regenerator-runtime.js"
# Dash would ask for it when it meets the first figure.
_LAST = f"{_SUITES}dash/dcc/async-graph.js"
# Each part looks up its own address, to find what it may have to load later.
_PART = """
;(function () {
  var part = document.createElement("script");
  part.src = "%s";
  Object.defineProperty(document, "currentScript", { configurable: true, value: part });
})();
%s
"""
_END = "\n;delete document.currentScript;\n"


@dataclass(frozen=True)
class Program:
    """Where the program is, where plotly.js is, and what stands in the page itself because its first picture needs it."""

    address: str
    plotly: str
    style: str
    early: str
    start: str


def mount(app: Dash, server: Flask) -> Program:
    """Put the program together from what Dash would load, and serve it."""
    addresses = _FILES.findall(app._generate_scripts_html())
    parts = (_FIRST, *(one for one in addresses if not any(name in one for name in _LEFT_OUT)), _LAST)
    body = _bundle(parts, Path(str(app.config.assets_folder)))
    # Dash looks for its renderer in the page, by this name
    current = f"dash-renderer-{hashlib.sha256(body).hexdigest()[:20]}.js"

    def serve_program(name: str) -> Response:
        if name != current:
            raise NotFound
        answer = Response(body, mimetype="text/javascript")
        answer.cache_control.max_age = 31_536_000
        return answer

    server.add_url_rule(f"{PREFIX}_program/<string(maxlength=40):name>", "dash_program", serve_program)
    plotly = next(one for one in addresses if _PLOTLY in one)
    return Program(f"{PREFIX}_program/{current}", plotly, _style(), _text("early/scheme.js"), _text("early/start.js"))


@lru_cache(maxsize=2)
def _bundle(addresses: tuple[str, ...], assets: Path) -> bytes:
    return ("".join(_PART % (address, _read(address, assets)) for address in addresses) + _END).encode()


def _read(address: str, assets: Path) -> str:
    plain = address.partition("?")[0]
    if not plain.startswith(_SUITES):
        return (assets / plain.removeprefix(f"{PREFIX}assets/")).read_text()
    package, _, path = plain.removeprefix(_SUITES).partition("/")
    content = pkgutil.get_data(package, check_fingerprint(path)[0])
    if content is None:
        raise FileNotFoundError(address)
    return content.decode()


def _text(path: str) -> str:
    return (_HERE / path).read_text()


def _style() -> str:
    """Every style sheet, with its icons in it."""
    sheets = "".join(path.read_text() for path in sorted((_HERE / "assets").glob("*.css")))
    return css_variables() + _PICTURES.sub(_picture, sheets)


def _picture(found: re.Match[str]) -> str:
    content = b64encode((_HERE / "assets" / found[1]).read_bytes()).decode()
    return f"url(data:image/svg+xml;base64,{content})"
