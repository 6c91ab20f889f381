"""A mail server on this machine that keeps mails instead of sending them, for `closedloop up` without one."""

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

from feedback.outbox.caught import MailFolder

BIGGEST = 10 * 1024 * 1024


class MailCatcher:
    """Listens on a free port of the loopback interface, in a thread of this process, until `stop`."""

    def __init__(self, folder: Path) -> None:
        from aiosmtpd.smtp import SMTP  # only those without a mail server pay for it

        logging.getLogger("mail.log").setLevel(logging.WARNING)
        keeper, self._loop = _Keeper(MailFolder(folder)), asyncio.new_event_loop()
        # all in that thread: the one that starts and stops it may have a loop of its own
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail catcher", daemon=True)
        self._thread.start()
        serving = self._loop.create_server(
            lambda: SMTP(keeper, data_size_limit=BIGGEST, enable_SMTPUTF8=True, loop=self._loop), "127.0.0.1", 0
        )
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(5)

    @property
    def url(self) -> str:
        """As CLOSEDLOOP_SMTP_URL names it."""
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        """Let go of the port."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class _Keeper:
    """What aiosmtpd calls with each mail."""

    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  its name for it
        """One mail; every recipient is welcome."""
        self._folder.keep(envelope.original_content)
        return "250 kept on this machine"
