"""The chats that notices go to: the company's and those of teams."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.telling.hooks import FIRST_TOPICS, list_hooks, teams
from feedback.telling.models import ChatHook
from feedback.telling.rules.topics import Topic
from feedback.telling.words import topic_words

Component = Any
COMPANY = "company"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which chats are told?")


def body(viewer: Viewer, query: Query) -> Component:
    """Each chat with its switches, and a form for another one."""
    hooks, names = list_hooks(), dict(teams())
    back = link_button(_("Delivery log"), "/app/deliveries")
    if hooks:
        shown = [_chat(hook, names) for hook in hooks]
    else:
        hint = _("In Slack: “Incoming Webhooks”, choose a channel, copy the address, and enter it below.")
        shown = [panel(_("Chats"), empty_state(_("No chat is set up yet."), hint=hint), actions=[back])]
    head = html.Div(back, className="cl-chips") if hooks else None
    return html.Div([head, *shown, _new(hooks, names)], className="cl-stack")


def _chat(hook: ChatHook, names: dict[int, str]) -> Component:
    whose = names.get(hook.team_id, "?") if hook.team_id is not None else _("The whole company")
    fields = [
        dmc.TextInput(
            id=_id("address", hook.id),
            label=_("Another address"),
            description=_("Empty: %(shown)s stays.", shown=hook.shown),
            value="",
            size="sm",
        ),
        _topics(_id("topics", hook.id), [str(topic) for topic in hook.topics]),
        _yes(_id("names", hook.id), _names_label(), hook.names),
        _yes(_id("active", hook.id), _("In use"), hook.active),
    ]
    steps = [
        button(_("Save"), {"kind": "chat-save", "hook": hook.id}, primary=True),
        button(_("Send a test message"), {"kind": "chat-test", "hook": hook.id}),
        button(_("Remove"), {"kind": "chat-remove", "hook": hook.id}),
    ]
    said = html.Div(id={"kind": "chat-said", "hook": hook.id}, role="status", className="cl-note")
    parts = [html.Div(fields, className="cl-fields"), html.Div(steps, className="cl-part-foot cl-chips"), said]
    return panel(hook.name, parts, note=f"{whose} · {hook.shown}")


def _new(hooks: Any, names: dict[int, str]) -> Component:
    taken = {hook.team_id for hook in hooks}
    whose = [{"value": COMPANY, "label": _("The whole company")}] if None not in taken else []
    whose += [{"value": str(team), "label": name} for team, name in names.items() if team not in taken]
    if not whose:
        return None
    fields = [
        dmc.TextInput(id="chat-new-name", label=_("Name"), placeholder="#customers", value="", size="sm"),
        dmc.Select(id="chat-new-team", label=_("For"), data=whose, value=whose[0]["value"], allowDeselect=False, size="sm"),
        dmc.TextInput(
            id="chat-new-address",
            label=_("Address"),
            description=_("It is kept encrypted and shown masked."),
            placeholder="https://hooks.slack.com/services/…",
            value="",
            size="sm",
        ),
        _topics("chat-new-topics", [topic.value for topic in FIRST_TOPICS]),
        _yes("chat-new-names", _names_label(), False),
    ]
    save = html.Div(button(_("Set it up"), "chat-new-save", primary=True), className="cl-part-foot")
    return panel(_("Another chat"), [html.Div(fields, className="cl-fields"), save])


def _names_label() -> str:
    return _("Name customers and people there")


def _topics(identity: Any, chosen: list[str]) -> Component:
    names = topic_words()
    return dmc.MultiSelect(
        id=identity,
        label=_("Told there"),
        description=_("Of everybody who did not choose otherwise."),
        data=[{"value": topic.value, "label": names[topic][0]} for topic in Topic],
        value=chosen,
        size="sm",
    )


def _yes(identity: Any, label: str, checked: bool) -> Component:
    return dmc.Checkbox(id=identity, label=label, checked=checked, size="sm")


def _id(name: str, hook_id: int) -> dict[str, Any]:
    return {"kind": "chat-field", "name": name, "hook": hook_id}
