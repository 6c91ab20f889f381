"""Which rows each input of a decision came from."""

from collections.abc import Iterable
from typing import Any

from feedback.gate.naming import Evidence

Reference = dict[str, Any]
NO_SOURCES: dict[str, list[Reference]] = {
    name: [] for name in ("advocacy", "share_of_wallet", "issues", "consent", "timing")
}  # of a row that somebody emptied


def sources(evidence: Evidence) -> dict[str, list[Reference]]:
    """Input → rows as {"type", "id"}; of many answers or issues those that decided. Where nothing was recorded there are none."""
    advocacy, own = evidence["advocacy"], evidence.get("own_answer")
    answers = [answer["id"] for answer in (*advocacy["holding"], *advocacy["answers"], *([own] if own else ()))]
    return {
        "advocacy": _rows("response", answers),
        "share_of_wallet": _rows("wallet_estimate", evidence["wallet"]["estimates"]),
        "issues": _rows("issue", _ids(evidence["issues"])) + _rows("disruption", _ids(evidence.get("disruptions", ()))),
        "consent": _consent(evidence.get("consent") or {}),
        "timing": _timing(evidence),
    }


def _ids(documents: Iterable[Any]) -> list[int]:
    return [document["id"] for document in documents]


def _consent(said: Any) -> list[Reference]:
    return _rows("consent_event", [said["event_id"]]) if said.get("event_id") else []


def _timing(evidence: Evidence) -> list[Reference]:
    blocks = (evidence.get("timing") or {}).get("because", ())
    contacts = [id_ for block in blocks for id_ in block.get("sales_contacts", ())]
    wishes = [evidence["contact_id"]] if any("on" in block and "contact" in block for block in blocks) else []
    return _rows("contact", wishes) + _rows("sales_contact", contacts)


def _rows(kind: str, ids: Iterable[int]) -> list[Reference]:
    return [{"type": kind, "id": id_} for id_ in dict.fromkeys(ids)]
