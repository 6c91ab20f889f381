"""A name server on a random port of this machine, which knows a few TXT records."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from dns import flags, message, rcode, resolver, rrset

Records = Mapping[str, list[str]]  # name → texts; a text is split into strings of 255 bytes, as TXT records are


class _Answer(socketserver.BaseRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        raw, socket = self.request
        question = message.from_wire(raw)
        socket.sendto(self._answer(question).to_wire(), self.client_address)

    def _answer(self, question: message.Message) -> message.Message:
        found = message.make_response(question)
        found.flags |= flags.AA
        asked = question.question[0].name
        name = asked.to_text(omit_final_dot=True)
        self.server.asked.append(name)
        if name not in self.server.records:
            below = any(known.endswith(f".{name}") for known in self.server.records)
            found.set_rcode(rcode.NOERROR if below else rcode.NXDOMAIN)
            return found
        for text in self.server.records[name]:
            parts = [text[start : start + 255] for start in range(0, len(text), 255)]
            quoted = " ".join('"' + part.replace('"', '\\"') + '"' for part in parts)
            found.answer.append(rrset.from_text(asked, 60, "IN", "TXT", quoted))
        return found


class _Server(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, records: Records) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.records, self.asked = records, list[str]()


@contextmanager
def name_server(records: Records, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Have everybody who looks something up ask this server while the block runs; yields the names that were asked for."""
    with _Server(records) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        ours, real = server.server_address, resolver.Resolver

        def asking_here(*_: Any, **__: Any) -> resolver.Resolver:
            found = real(configure=False)
            found.nameservers, found.port = [str(ours[0])], int(ours[1])
            return found

        monkeypatch.setattr(resolver, "Resolver", asking_here)
        try:
            yield server.asked
        finally:
            server.shutdown()
            thread.join()
