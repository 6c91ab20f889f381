"""The program's own files: compressed once per process instead of once per visitor, and kept by browsers.

Four megabytes of scripts stand between a click and the first figure; compressing them again for each cold browser would cost
more than everything the page itself asks for.
"""

import gzip
import threading
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import brotli
from flask import Response, request

_YEAR = 31_536_000
_QUALITY = 6
_WORTH_IT = 1_000  # bytes
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=_QUALITY),
    "gzip": partial(gzip.compress, compresslevel=_QUALITY),
}
_guard = threading.Lock()
Kept = tuple[bytes, dict[str, str]]
_files: dict[tuple[str, str, str], Kept] = {}


def kept(view: Callable[..., Any]) -> Callable[..., Any]:
    """Serve what `view` answers from memory, compressed for browsers that can read it."""

    @wraps(view)
    def served(*args: Any, **kwargs: Any) -> Response:
        # browsers take br over https alone; many installations are a plain address in the house
        encoding = next((name for name in _COMPRESS if request.accept_encodings.quality(name) > 0), "")
        key = (request.path, request.args.get("m", ""), encoding)
        with _guard:
            file = _files.get(key)
        if file is None:
            response = view(*args, **kwargs)
            if response.status_code != 200:
                return response
            file = _read(response, encoding)
            if _is_stable(request.path) or request.args.get("m"):
                with _guard:
                    _files[key] = file
        body, headers = file
        answer = Response(body, headers=headers)
        answer.set_etag(headers["ETag"].strip('"'))
        answer.make_conditional(request)
        return answer

    return served


def _is_stable(path: str) -> bool:
    return "/_dash-component-suites/" in path or "/_program/" in path  # files of installed packages


def _read(response: Response, encoding: str) -> Kept:
    response.direct_passthrough = False
    body = response.get_data()
    response.close()
    headers = {"Content-Type": response.headers["Content-Type"], "Vary": "Accept-Encoding"}
    fingerprinted = response.cache_control.max_age or request.args.get("m")
    headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if fingerprinted else "public, no-cache"
    etag = response.get_etag()[0] or f"{hash(body) & 0xFFFFFFFFFFFF:x}"
    headers["ETag"] = f'"{etag}{encoding}"'
    if encoding and len(body) > _WORTH_IT and "image/png" not in headers["Content-Type"]:
        body = _COMPRESS[encoding](body)
        headers["Content-Encoding"] = encoding
    return body, headers
