"""Browsers and scanners as traces: HTTP requests with pauses, over few keep-alive connections, thousands side by side."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
FORM = re.compile(r'<form[^>]*method="post" action="([^"]*)".*?</form>', re.DOTALL)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148"
)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: str
    location: str = ""

    @property
    def forms(self) -> list[tuple[str, dict[str, str]]]:
        """(action, hidden fields) of each form, in the order of the page."""
        return [(match.group(1), dict(HIDDEN.findall(match.group(0)))) for match in FORM.finditer(self.body)]

    @property
    def real_form(self) -> dict[str, str]:
        """The hidden fields of the one that people see."""
        return next(fields for action, fields in self.forms if action.startswith("?"))


@dataclass
class Web:
    """A pool of connections to one server. `failed` counts answers of 500 and more."""

    port: int
    connections: int = 24
    requests: int = 0
    failed: int = 0
    _free: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None]" = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        for _ in range(self.connections):
            self._free.put_nowait(None)

    async def send(self, method: str, path: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Answer:
        """One request; a connection that the server has closed is opened again."""
        body = urlencode(form).encode() if form is not None else b""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        wire = "\r\n".join([*lines, "", ""]).encode() + body
        connection = await self._free.get()
        try:
            connection = connection or await asyncio.open_connection("127.0.0.1", self.port)
            connection[1].write(wire)
            answer = await _read(connection[0], head=method == "HEAD")
        except (OSError, asyncio.IncompleteReadError):
            connection = await asyncio.open_connection("127.0.0.1", self.port)
            connection[1].write(wire)
            answer = await _read(connection[0], head=method == "HEAD")
        finally:
            self._free.put_nowait(connection)
        self.requests += 1
        self.failed += answer.status >= 500
        return answer


async def _read(reader: asyncio.StreamReader, *, head: bool) -> Answer:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = 0 if head else int(headers.get("content-length", 0))
    body = await reader.readexactly(length) if length else b""
    return Answer(int(lines[0].split()[1]), body.decode(), headers.get("location", ""))


@dataclass
class Visitor:
    """One browser at one link."""

    web: Web
    token: str
    agent: str = CHROME
    headers: Mapping[str, str] = field(default_factory=dict)
    page: Answer | None = None

    async def get(self, path: str, method: str = "GET") -> Answer:
        """Open an address; `{token}` stands for the token. What leads elsewhere is followed."""
        answer = await self.web.send(method, path.format(token=self.token), self._all())
        while answer.status in (301, 302, 303):
            answer = await self.web.send("GET", urlsplit(answer.location).path, self._all())
        if answer.body:
            self.page = answer
        return answer

    async def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send a form."""
        answer = await self.web.send("POST", path.format(token=self.token), self._all(), form)
        if answer.status == 303:
            answer = await self.web.send("GET", urlsplit(answer.location).path, self._all())
        return answer

    async def answer(self, score: int, page: Answer | None = None, comment: str = "") -> Answer:
        """Send the form that people see, from this page or the one that was opened last."""
        shown = page or self.page
        assert shown is not None
        return await self.post("/s/{token}", {**shown.real_form, "score": str(score), "comment": comment})

    def _all(self) -> dict[str, str]:
        known = {"Accept-Language": "en-US,en;q=0.9", **self.headers}
        return {"User-Agent": self.agent, **known} if self.agent else known


async def side_by_side(visits: Iterable[Callable[[], Awaitable[None]]], limit: int) -> None:
    """Run visits, at most so many at a time."""
    gate = asyncio.Semaphore(limit)

    async def one(visit: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await visit()

    await asyncio.gather(*(one(visit) for visit in visits))
