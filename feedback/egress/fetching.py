"""Calling other systems that an administrator set up."""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit


class FetchFailed(Exception):
    """What another system was asked for did not come.

    `final`: asking again has no sense before something is changed; `silent`: it did not answer at all.
    """

    def __init__(self, message: str, *, final: bool, silent: bool = False) -> None:
        super().__init__(message)
        self.final, self.silent = final, silent


MAX_FETCHED = 2 * 1024 * 1024
FETCH_TIMEOUT = 10.0  # of each wait
FETCH_DEADLINE = 20.0  # of all of it: one byte now and then must not keep us


class _Deadline:
    """Cuts the connections of a call that takes too long."""

    def __init__(self) -> None:
        self.passed, self.sockets = False, list[socket.socket]()
        self._timer = threading.Timer(FETCH_DEADLINE, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.passed = True
        for one in self.sockets:
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)  # of TLS too: its own would touch what another thread reads


def fetch(address: str, headers: Mapping[str, str], *, private_hosts: Collection[str] = ()) -> bytes:
    """GET an address that an administrator set up.

    The name is looked up once and that address is used, so that it cannot lead elsewhere between the check and the call;
    addresses inside our own network are refused unless `private_hosts` names the host. Redirections are not followed, so that no
    token is carried to a place that nobody set up.

    Raises:
        FetchFailed: refused, not reachable, too large, or answered with anything but 200.
    """
    answer = call(address, Call("GET", headers), private_hosts=private_hosts)
    host = urlsplit(address).hostname
    if answer.status != HTTPStatus.OK:
        retry = answer.status in {408, 425, 429} or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise FetchFailed(f"{host} answers {answer.status}", final=not retry)
    return answer.body


@dataclass(frozen=True)
class Call:
    """What is asked of another system."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None
    most: int = MAX_FETCHED  # bytes of the answer
    cut: bool = False  # whether the beginning of a longer answer is enough


@dataclass(frozen=True)
class Answer:
    """What it answered, whatever that means. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(address: str, asked: Call, *, private_hosts: Collection[str] = ()) -> Answer:
    """Ask another system once, with all the care that `fetch` describes.

    Raises:
        FetchFailed: refused, not reachable, or the answer is too large.
    """
    parts = urlsplit(address)
    host, private = parts.hostname or "", (parts.hostname or "") in private_hosts
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise FetchFailed("only https:// is called", final=True)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address_there = _checked_address(host, port, private=private)
    with _Deadline() as deadline:
        connection = _connection(parts.scheme, host, address_there, port, deadline)
        try:
            path = f"{parts.path or '/'}?{parts.query}".rstrip("?")
            connection.request(asked.method, path, body=asked.body, headers=dict(asked.headers))
            with connection.getresponse() as answer:
                body = answer.read(asked.most + 1)
        except (OSError, http.client.HTTPException) as error:
            raise FetchFailed(f"{host} does not answer ({type(error).__name__})", final=False, silent=True) from error
        finally:
            connection.close()
    if deadline.passed:  # what came may end in the middle
        raise FetchFailed(f"{host} takes longer than {FETCH_DEADLINE:.0f} seconds", final=False, silent=True)
    if len(body) > asked.most and not asked.cut:
        raise FetchFailed(f"{host} answers with more than {asked.most} bytes", final=True)
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body[: asked.most])


def _checked_address(host: str, port: int, *, private: bool) -> str:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"{host or 'nothing'} is not known", final=False) from error
    inside = [one for one in found if not ipaddress.ip_address(one.partition("%")[0]).is_global]
    if inside and not private:
        raise FetchFailed(f"{host} lies inside our own network; CLOSEDLOOP_PRIVATE_HOSTS does not name it", final=True)
    return found[0]


def _connection(scheme: str, host: str, address: str, port: int, deadline: _Deadline) -> http.client.HTTPConnection:
    """A connection to this very address, which still has to show a certificate for the name."""
    connection = http.client.HTTPConnection(host, port, timeout=FETCH_TIMEOUT)
    raw = socket.create_connection  # the class asks it for (host, port); it gets the address that was checked

    def connect(_to: tuple[str, int], *options: Any) -> socket.socket:
        wire = raw((address, port), *options)
        if scheme == "https":
            wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
        deadline.sockets.append(wire)
        if isinstance(wire, ssl.SSLSocket):
            wire.do_handshake()
        return wire

    connection._create_connection = connect  # type: ignore[attr-defined]
    return connection
