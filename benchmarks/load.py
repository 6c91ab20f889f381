"""A small HTTP load generator: keep-alive connections in one event loop, so that it costs little of the machine."""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Load:
    """What a run gave: answers per second, the latencies in seconds, and how many answers were not 2xx."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency below which this share of the answers came, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def post(path: str, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """One POST of JSON as bytes for the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str, headers: Sequence[str] = ()) -> bytes:
    """One GET as bytes for the wire."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.sent = b"", 0.0

    def send(self, request: bytes) -> None:
        self.buffer, self.sent = b"", time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status of a complete answer; None while it is still coming."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.buffer += part
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        lower = head.lower()
        start = lower.find(b"content-length:")
        if start < 0:
            raise ConnectionError(f"no Content-Length: {head[:200]!r}")
        length = int(lower[start + 15 :].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(body) >= length else None


def run(port: int, requests: Sequence[bytes], *, seconds: float, connections: int = 16) -> Load:
    """Send the requests in turn over so many connections, each waiting for its answer, for this long."""
    selector = selectors.DefaultSelector()
    pool = [_Connection(port) for _ in range(connections)]
    at = 0
    started = time.perf_counter()
    found = Load(seconds)
    for connection in pool:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(requests[at % len(requests)])
        at += 1
    while time.perf_counter() - started < seconds:
        for key, _ in selector.select(timeout=1):
            status = key.data.receive()
            if status is None:
                continue
            found.latencies.append(time.perf_counter() - key.data.sent)
            found.failed += not 200 <= status < 300
            key.data.send(requests[at % len(requests)])
            at += 1
    found.seconds = time.perf_counter() - started
    for connection in pool:
        selector.unregister(connection.socket)
        connection.socket.close()
    return found
