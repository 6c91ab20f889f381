"""The port: what a CRM has to be able to do for us, and what can go wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from feedback.egress.fetching import Answer
from feedback.partners.crm.rules import Kind, Record


class CrmFailed(Exception):
    """It did not answer as its documentation says, or not at all. What was taken so far stays."""


class CrmWaits(Exception):
    """It asks for a pause (429)."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"the CRM asks for a pause of {wait.total_seconds():.0f} seconds")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and where to go on. `cursor` is opaque to us and kept with the records; `more`: there are others now."""

    records: Sequence[Record]
    cursor: dict[str, Any]
    more: bool


@dataclass(frozen=True, slots=True)
class Push:
    """What a CRM's account is told."""

    crm_id: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that the CRM did not take, in its words."""

    crm_id: str
    reason: str


class Asks(Protocol):
    """One call of the CRM's API, with its token."""

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask it; a path may be a whole address of the same host."""


class Crm(Protocol):
    """A CRM of some shape."""

    push_size: int

    def pull(self, kind: Kind, cursor: Mapping[str, Any]) -> Page:
        """The next records that changed at or after the cursor, in the order of their change. Some may come twice."""

    def push(self, rows: Sequence[Push]) -> list[Refused]:
        """Write standings; the ones that were not taken."""


_GARBLED = (ValueError, KeyError, TypeError, AttributeError)


class Careful:
    """A CRM whose answers are taken for what they are: one that is no JSON, or lacks a field, ends the run with a word."""

    def __init__(self, crm: Crm) -> None:
        self._crm, self.push_size = crm, crm.push_size

    def pull(self, kind: Kind, cursor: Mapping[str, Any]) -> Page:
        """As the CRM's own.

        Raises:
            CrmFailed: also for an answer that its documentation does not know.
        """
        try:
            return self._crm.pull(kind, cursor)
        except _GARBLED as error:
            raise CrmFailed(f"the CRM answers something else than its documentation says ({type(error).__name__})") from error

    def push(self, rows: Sequence[Push]) -> list[Refused]:
        """As the CRM's own.

        Raises:
            CrmFailed: also for an answer that its documentation does not know.
        """
        try:
            return self._crm.push(rows)
        except _GARBLED as error:
            raise CrmFailed(f"the CRM answers something else than its documentation says ({type(error).__name__})") from error
