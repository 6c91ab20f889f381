"""A mail server on a random port that keeps what it gets, and refuses what it is told to."""

import random
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

TEMPORARY = (
    "421 closing",
    "450 mailbox busy",
    "452 too many recipients",
    "data 451 try again",
    "data 452 4.2.2 full",
    "data drop",
    "data slow",  # it is taken, and the yes comes later than any other answer may
    "hang",
)
GREY = ("451 4.7.1 greylisted",) * 3  # refused until it comes back for the fourth time
FOR_GOOD = ("550 5.1.1 no such user", "550 5.7.1 blocked by policy", "data 554 5.6.0 content rejected", "553 5.1.3 bad address")


def troubles(chance: random.Random, share: float) -> list[str]:
    """What happens to one person's mail, attempt by attempt: each goes wrong with the same chance, until one goes well.

    A list that ends with one of FOR_GOOD is of a mail that is refused for good.
    """
    script: list[str] = []
    while chance.random() < share:
        kind = chance.choice([*TEMPORARY, "grey", "for good"])
        if kind == "for good":
            return [*script, chance.choice(FOR_GOOD)]
        script += GREY if kind == "grey" else [kind]
        if kind == "data slow":
            return script
    return script


@dataclass
class Mailbox:
    """What arrived. `answers` are the replies to the next RCPT commands; then all are welcome.

    `script` answers for each recipient, each time it is named: a reply to RCPT, or "data 452 full" for one after the mail,
    or "hang" to say nothing for `silence` seconds; "data slow" takes the mail and says so only after `silence`, "data drop" ends
    the connection in the middle of it. Without an entry it is welcome.
    """

    url: str = ""
    raw: list[bytes] = field(default_factory=list, repr=False)
    recipients: list[str] = field(default_factory=list, repr=False)
    senders: list[str] = field(default_factory=list, repr=False)
    answers: list[str] = field(default_factory=list)
    script: dict[str, list[str]] = field(default_factory=dict)
    silence: float = 1.0
    connections: int = 0
    per_connection: int = 0  # 421 after so many mails; 0: any number
    log_in: str = ""  # the reply to who logs in; empty: nobody can

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, parsed."""
        parsed = [message_from_bytes(raw, policy=default) for raw in self.raw]
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]


class _Session(socketserver.StreamRequestHandler):
    """Just enough SMTP for smtplib."""

    server: "_Server"

    def handle(self) -> None:
        with suppress(ConnectionError):  # the other side may be killed
            self._talk()

    def _talk(self) -> None:
        self.server.box.connections += 1
        self.after_data, self.taken = "", 0
        self._say("220 here")
        while line := self.rfile.readline():
            word = line.split(maxsplit=1)[0].upper().rstrip(b":")
            if word == b"QUIT":
                self._say("221 bye")
                return
            if word == b"MAIL" and self.taken >= (self.server.box.per_connection or 1_000_000):
                self._say("421 enough for one connection")
                return
            if word == b"MAIL":
                self.server.box.senders.append(line.decode().split("<", 1)[1].partition(">")[0])
            answer = {b"DATA": self._data, b"RCPT": self._recipient, b"EHLO": self._greet, b"AUTH": self._let_in}
            answer.get(word, self._fine)(line)

    def _fine(self, _line: bytes) -> None:
        self._say("250 fine")

    def _greet(self, _line: bytes) -> None:
        if self.server.box.log_in:
            self._say("250-here")
            self._say("250 AUTH PLAIN")
        else:
            self._say("250 fine")

    def _let_in(self, _line: bytes) -> None:
        self._say(self.server.box.log_in)

    def _recipient(self, line: bytes) -> None:
        box = self.server.box
        recipient = line.decode().split(":", 1)[1].strip().strip("<>")
        script = box.script.get(recipient)
        answer = box.answers.pop(0) if box.answers else script.pop(0) if script else "250 welcome"
        if answer == "hang":
            time.sleep(box.silence)
            return
        if answer.startswith("data "):
            self.after_data, answer = answer.removeprefix("data "), "250 welcome"
        if answer.startswith("250"):
            box.recipients.append(recipient)
        self._say(answer)

    def _data(self, _line: bytes) -> None:
        self._say("354 go on")
        body = bytearray()
        while (line := self.rfile.readline()) != b".\r\n":
            body += line[1:] if line.startswith(b"..") else line
        refusal, self.after_data = self.after_data, ""
        if refusal == "drop":
            raise ConnectionAbortedError
        if refusal in {"", "slow"}:
            self.server.box.raw.append(bytes(body))
            self.taken += 1
        if refusal == "slow":
            time.sleep(self.server.box.silence)
            refusal = ""
        self._say(refusal or "250 taken")

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
