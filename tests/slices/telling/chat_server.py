"""A chat on a random port that answers as Slack's incoming webhooks do."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OK = (200, {}, b"ok")
GONE = (404, {}, b"no_service")
BAD = (400, {}, b"invalid_payload")
BUSY = (429, {"Retry-After": "30"}, b"rate_limited")
BROKEN = (503, {}, b"service_unavailable")
ELSEWHERE = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")


@dataclass
class Chat:
    """What arrived. `answers` are given first, one each; then everything is taken."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    pause: float = 0.0

    @property
    def texts(self) -> list[str]:
        """The short form of each message that was taken."""
        return [message["text"] for message in self.got]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        chat = self.server.chat
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(chat.pause)
        status, headers, said = chat.answers.pop(0) if chat.answers else OK
        if status == 200:
            chat.got.append(json.loads(body))
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

    def __init__(self, chat: Chat) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.chat = chat


@contextmanager
def chat_server() -> Iterator[Chat]:
    """Run the chat while the block runs."""
    chat = Chat()
    with _Server(chat) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        chat.url = f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0/secret"
        try:
            yield chat
        finally:
            server.shutdown()
            thread.join()
