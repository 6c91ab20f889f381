"""A partner's server on a random port: takes webhooks, checks their signatures with the standard's library, and misbehaves."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b"thanks")
GONE: Answer = (410, {}, b"no such hook")
BROKEN: Answer = (500, {}, b"oops")
BUSY: Answer = (429, {"Retry-After": "120"}, b"slow down")
ELSEWHERE: Answer = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
BIG: Answer = (200, {}, b"x" * 300_000)
RESET: Answer = (-1, {}, b"")


@dataclass
class Partner:
    """What arrived, in order, with its headers. `answers` are given first, one each; then everything is taken."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    choose: Callable[[dict[str, Any]], Answer] | None = None
    pause: float = 0.0

    @property
    def types(self) -> list[str]:
        """What was told."""
        return [message["type"] for message in self.got]

    @property
    def ids(self) -> list[str]:
        """The `webhook-id` of each request, repeats included."""
        return [headers["webhook-id"] for headers in self.headers]

    def verify(self, secret: str, place: int = -1) -> Any:
        """The body of a request, if the library believes its signature. It reads the machine's clock."""
        return Webhook(secret).verify(self.bodies[place], self.headers[place])


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        partner = self.server.partner
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        time.sleep(partner.pause)
        message = json.loads(body)
        with self.server.lock:
            partner.got.append(message)
            partner.bodies.append(body)
            partner.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, headers, said = partner.answers.pop(0) if partner.answers else (partner.choose or (lambda _: OK))(message)
        if status < 0:  # a reset, not an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, partner: Partner) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.partner, self.lock = partner, threading.Lock()

    def handle_error(self, *_arguments: Any) -> None:
        """Who asked for a kilobyte does not wait for the rest."""


@contextmanager
def partner_server() -> Iterator[Partner]:
    """Run the server while the block runs."""
    partner = Partner()
    with _Server(partner) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        partner.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/closedloop"
        try:
            yield partner
        finally:
            server.shutdown()
            thread.join()
