"""An IMAP and a POP3 server with just enough commands, on one list of mails."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Imap(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("* OK here")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            verb, mails, seen = command.upper(), self.server.mails, self.server.seen  # type: ignore[attr-defined]
            if verb.startswith("CAPABILITY"):
                self.say("* CAPABILITY IMAP4rev1")
            elif verb.startswith("LOGIN") and "secret" not in command:
                self.say(f"{tag} NO wrong password")
                continue
            if verb.startswith("UID SEARCH"):
                self.say("* SEARCH " + " ".join(str(n + 1) for n in range(len(mails)) if n not in seen))
            elif verb.startswith("UID FETCH"):
                raw = mails[int(command.split()[2]) - 1]
                self.say(f"* 1 FETCH (UID 1 BODY[] {{{len(raw)}}}")
                self.wfile.write(raw + b")\r\n")
            elif found := re.match(r"UID STORE (\d+) .*SEEN", verb):
                seen.add(int(found[1]) - 1)
            self.say(f"{tag} OK done")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Pop(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("+OK here")
        gone: list[int] = []
        mails: list[bytes] = self.server.mails  # type: ignore[attr-defined]
        while words := self.rfile.readline().decode().split():
            verb = words[0].upper()
            if verb == "STAT":
                self.say(f"+OK {len(mails)} 1")
                continue
            if verb == "RETR":
                self.say("+OK")
                self.wfile.write(mails[int(words[1]) - 1] + b"\r\n.\r\n")
                continue
            if verb == "DELE":
                gone.append(int(words[1]) - 1)
            if verb == "QUIT":
                for place in sorted(gone, reverse=True):
                    del mails[place]
            self.say("-ERR unknown" if verb == "CAPA" else "+OK")
            if verb == "QUIT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def box(kind: str, mails: list[bytes]) -> Iterator[str]:
    """Run one; answers its address."""
    handler: Any = {"imap": _Imap, "pop3": _Pop}[kind]
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.mails, server.seen = mails, set()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"{kind}://me:secret@127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
