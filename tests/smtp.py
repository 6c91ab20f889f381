"""A mail server on a random port that keeps what it gets, and refuses what it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Mailbox:
    """What arrived. `answers` are the replies to the next RCPT commands; then all are welcome."""

    url: str = ""
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, parsed."""
        parsed = [message_from_bytes(raw, policy=default) for raw in self.raw]
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]


class _Session(socketserver.StreamRequestHandler):
    """Just enough SMTP for smtplib."""

    server: "_Server"

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            word = line.split(maxsplit=1)[0].upper().rstrip(b":")
            if word == b"QUIT":
                self._say("221 bye")
                return
            {b"DATA": self._data, b"RCPT": self._recipient}.get(word, self._fine)(line)

    def _fine(self, _line: bytes) -> None:
        self._say("250 fine")

    def _recipient(self, line: bytes) -> None:
        box = self.server.box
        answer = box.answers.pop(0) if box.answers else "250 welcome"
        if answer.startswith("250"):
            box.recipients.append(line.decode().split(":", 1)[1].strip().strip("<>"))
        self._say(answer)

    def _data(self, _line: bytes) -> None:
        self._say("354 go on")
        body = bytearray()
        while (line := self.rfile.readline()) != b".\r\n":
            body += line[1:] if line.startswith(b"..") else line
        self.server.box.raw.append(bytes(body))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, box: Mailbox) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.box = box


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run the server while the block runs."""
    box = Mailbox()
    with _Server(box) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        box.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
