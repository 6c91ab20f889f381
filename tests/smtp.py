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


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run the server; it speaks just enough SMTP for smtplib."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                word = line.split(maxsplit=1)[0].upper().rstrip(b":")
                if word == b"DATA":
                    self._say("354 go on")
                    self._take()
                elif word == b"RCPT":
                    answer = box.answers.pop(0) if box.answers else "250 welcome"
                    if answer.startswith("250"):
                        box.recipients.append(line.decode().split(":", 1)[1].strip().strip("<>"))
                    self._say(answer)
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 fine")

        def _take(self) -> None:
            body = bytearray()
            while (line := self.rfile.readline()) != b".\r\n":
                body += line[1:] if line.startswith(b"..") else line
            box.raw.append(bytes(body))
            self._say("250 taken")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        box.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
