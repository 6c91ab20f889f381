"""Fetching from other systems that an administrator set up."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit


class FetchFailed(Exception):
    """What another system was asked for did not come. `final`: asking again has no sense before something is changed."""

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final


MAX_FETCHED = 2 * 1024 * 1024
FETCH_TIMEOUT = 10.0


def fetch(address: str, headers: Mapping[str, str], *, private_hosts: Collection[str] = ()) -> bytes:
    """GET an address that an administrator set up.

    The name is looked up once and that address is used, so that it cannot lead elsewhere between the check and the call;
    addresses inside our own network are refused unless `private_hosts` names the host. Redirections are not followed, so that no
    token is carried to a place that nobody set up.

    Raises:
        FetchFailed: refused, not reachable, too large, or answered with anything but 200.
    """
    parts = urlsplit(address)
    host, private = parts.hostname or "", (parts.hostname or "") in private_hosts
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise FetchFailed("only https:// is fetched", final=True)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _connection(parts.scheme, host, _checked_address(host, port, private=private), port)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}".rstrip("?"), headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read(MAX_FETCHED + 1)
    except (OSError, http.client.HTTPException) as error:
        raise FetchFailed(f"{host} does not answer ({type(error).__name__})", final=False) from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        retry = answer.status in {408, 425, 429} or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise FetchFailed(f"{host} answers {answer.status}", final=not retry)
    if len(body) > MAX_FETCHED:
        raise FetchFailed(f"{host} answers with more than {MAX_FETCHED} bytes", final=True)
    return body


def _checked_address(host: str, port: int, *, private: bool) -> str:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"{host or 'nothing'} is not known", final=False) from error
    inside = [one for one in found if not ipaddress.ip_address(one.partition("%")[0]).is_global]
    if inside and not private:
        raise FetchFailed(f"{host} lies inside our own network; CLOSEDLOOP_PRIVATE_HOSTS does not name it", final=True)
    return found[0]


def _connection(scheme: str, host: str, address: str, port: int) -> http.client.HTTPConnection:
    """A connection to this very address, which still has to show a certificate for the name."""
    connection = http.client.HTTPConnection(host, port, timeout=FETCH_TIMEOUT)
    raw = socket.create_connection  # the class asks it for (host, port); it gets the address that was checked

    def connect(_to: tuple[str, int], *options: Any) -> socket.socket:
        plain = raw((address, port), *options)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain

    connection._create_connection = connect  # type: ignore[attr-defined]
    return connection
