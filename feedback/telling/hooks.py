"""Addresses of chats: kept concealed, shown masked. Writing functions are called inside `transaction()`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.models import Team
from feedback.audit import service as audit
from feedback.egress.addresses import Unfit, unfit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.concealing import conceal, reveal
from feedback.kernel.errors import Conflict, InvalidInput, NotFound
from feedback.telling.models import ChatHook
from feedback.telling.rules.topics import Topic

PURPOSE = "chat"
TAIL = 4
FIRST_TOPICS = (Topic.ESCALATION, Topic.CLOCKS)


@dataclass(frozen=True)
class Hook:
    """As much of a hook as writing notices needs."""

    id: int
    topics: frozenset[Topic]


@dataclass(frozen=True)
class Hooks:
    """Where somebody's notices go: to the chat of the own team, else to the company's."""

    company: Hook | None
    teams: Mapping[int, Hook]

    def __bool__(self) -> bool:
        return self.company is not None or bool(self.teams)

    def of(self, team_id: int | None) -> Hook | None:
        """The chat for a person of this team."""
        return (self.teams.get(team_id) if team_id is not None else None) or self.company


@dataclass(frozen=True)
class HookDraft:
    """What an administrator sets up. Without a team it is the company's."""

    name: str
    address: str
    team_id: int | None = None
    topics: Sequence[Topic] = FIRST_TOPICS
    names: bool = False
    active: bool = True


def active_hooks() -> Hooks:
    """All that are switched on."""
    rows = db.session.execute(sa.select(ChatHook.id, ChatHook.team_id, ChatHook.topics).where(ChatHook.active))
    hooks = {row.team_id: Hook(row.id, frozenset(Topic(name) for name in row.topics if name in set(Topic))) for row in rows}
    return Hooks(hooks.get(None), {team: hook for team, hook in hooks.items() if team is not None})


def list_hooks() -> Sequence[ChatHook]:
    """All of them, the company's first."""
    return db.session.scalars(sa.select(ChatHook).order_by(ChatHook.team_id.is_not(None), ChatHook.name, ChatHook.id)).all()


def teams() -> Sequence[tuple[int, str]]:
    """Teams that can have one of their own, by name."""
    return [(row.id, row.name) for row in db.session.execute(sa.select(Team.id, Team.name).order_by(Team.name, Team.id))]


def get_hook(hook_id: int) -> ChatHook:
    """The hook with this id.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(ChatHook, hook_id)
    if found is None:
        raise NotFound
    return found


def create_hook(draft: HookDraft, *, actor: str) -> ChatHook:
    """Add an address.

    Raises:
        InvalidInput: it is none, or the name is missing.
        Conflict: the team, or the company, has one.
    """
    address = _checked(draft.address)
    _check_name(draft.name)
    _check_team(draft.team_id)
    hook = ChatHook(
        name=draft.name.strip(),
        team_id=draft.team_id,
        address=_conceal(address),
        shown=masked(address),
        topics=[Topic(topic).value for topic in draft.topics],
        names=draft.names,
        active=draft.active,
        created_at=clock.now(),
    )
    db.session.add(hook)
    db.session.flush()
    audit.record(actor, "chat_hook.created", "chat_hook", hook.id, name=hook.name, team_id=hook.team_id)
    return hook


def change_hook(hook_id: int, values: Mapping[str, Any], *, actor: str) -> ChatHook:
    """Set what is given; an empty address leaves the one that is kept.

    Raises:
        NotFound: there is none.
        InvalidInput: a field makes no sense.
    """
    hook = get_hook(hook_id)
    if values.get("address"):
        address = _checked(values["address"])
        hook.address, hook.shown = _conceal(address), masked(address)
    if "name" in values:
        _check_name(values["name"])
        hook.name = values["name"].strip()
    if "topics" in values:
        hook.topics = [Topic(topic).value for topic in values["topics"]]
    for name in ("names", "active"):
        if name in values:
            setattr(hook, name, values[name])
    db.session.flush()
    audit.record(actor, "chat_hook.changed", "chat_hook", hook.id, fields=sorted(values))
    return hook


def remove_hook(hook_id: int, *, actor: str) -> None:
    """Forget an address. What waits for it is given up, and the delivery log says so.

    Raises:
        NotFound: there is none.
    """
    hook = get_hook(hook_id)
    audit.record(actor, "chat_hook.removed", "chat_hook", hook.id, name=hook.name)
    db.session.delete(hook)
    db.session.flush()


def address_of(hook: ChatHook) -> str:
    """The address itself.

    Raises:
        Unreadable: it was concealed with another secret key of the installation.
    """
    return reveal(current_app.config["SECRET_KEY"], PURPOSE, hook.address)


def masked(address: str) -> str:
    """Enough of an address to know it again: its host and the last characters."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}/…{address[-TAIL:]}"


def _conceal(address: str) -> str:
    return conceal(current_app.config["SECRET_KEY"], PURPOSE, address)


def _check_name(name: str) -> None:
    if not name.strip():
        raise InvalidInput({"name": [_("Give it a name.")]})


def _check_team(team_id: int | None) -> None:
    if team_id is None:
        if db.session.scalar(sa.select(ChatHook.id).where(ChatHook.team_id.is_(None))) is not None:
            raise Conflict(_("The company has a chat already: change that one."))
        return
    if db.session.get(Team, team_id) is None:
        raise InvalidInput({"team_id": [_("There is no such team.")]})
    if db.session.scalar(sa.select(ChatHook.id).where(ChatHook.team_id == team_id)) is not None:
        raise Conflict(_("This team has a chat already: change that one."))


def _checked(text: str) -> str:
    """The address, if something can be sent there. Where its name leads to is looked at with each message."""
    address = text.strip()
    trouble = unfit(address, current_app.extensions["closedloop_settings"].private_hosts)
    if trouble is Unfit.INSIDE:
        raise InvalidInput({"address": [_("This lies inside our own network; CLOSEDLOOP_PRIVATE_HOSTS does not name it.")]})
    if trouble is not None:
        raise InvalidInput({"address": [_("Copy the whole address that the chat shows; it begins with https://.")]})
    return address
