"""Why somebody is to be called, and what stands against it, in words."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.badges import score_badge
from dashboards.components.moments import day_words, moment
from feedback.access.rules import Viewer
from feedback.listening.rules.calls import CallGroup, NoCall, WhyCall
from feedback.reporting.call_list import CallLine

Component = Any


def group_words() -> dict[CallGroup, str]:
    """What is to be done about somebody."""
    return {
        CallGroup.CALL: _("To be called now"),
        CallGroup.LATER: _("Later"),
        CallGroup.FIND_NUMBER: _("Number missing"),
        CallGroup.LEAVE: _("Not to be called"),
    }


def why_words(line: CallLine, viewer: Viewer) -> list[Component]:
    """Why no mail brings this answer; what was said last."""
    said = _reasons().get(line.why) if line.why is not None and line.why is not WhyCall.SILENT else None
    lines: list[Component] = [said] if said else []
    if line.why is WhyCall.SILENT:
        reminded = ngettext("%(num)s reminder", "%(num)s reminders", line.reminders) if line.reminders else None
        lines.append(html.Span([_("asked"), " ", moment(line.asked_at, viewer), *([", ", reminded] if reminded else [])]))
    if line.missed:
        tried = ngettext("%(num)s call nobody picked up", "%(num)s calls nobody picked up", line.missed)
        lines.append(html.Span([tried, ", ", _("last"), " ", moment(line.missed_at, viewer)]))
    if line.last is not None:
        score, at = line.last
        lines.append(html.Span([_("answered before:"), " ", score_badge(score), " ", moment(at, viewer)]))
    return lines or [_("never asked")]


def _reasons() -> dict[WhyCall, str]:
    return {
        WhyCall.DEAD_ADDRESS: _("nobody is at the e-mail address"),
        WhyCall.REFUSED_MAIL: _("the mail was refused"),
        WhyCall.NO_ADDRESS: _("no e-mail address"),
        WhyCall.NO_PERMISSION: _("no consent to mails is recorded"),
    }


def no_call_words(reason: NoCall, line: CallLine, viewer: Viewer) -> str:
    """What stands against a call, for the list."""
    day = day_words(line.until, viewer) if line.until is not None else ""
    return {
        NoCall.OBJECTED: _("Objected to being asked by phone"),
        NoCall.REFUSED: _("Said no to being asked by phone"),
        NoCall.STOP_LIST: _("Is on the stop list: wants no surveys"),
        NoCall.REFUSED_MAILS: _("Does not want to be asked by mail, and never agreed to calls"),
        NoCall.RESTING: _("Wants to be left alone until %(day)s", day=day),
        NoCall.NO_PHONE: _("No telephone number is known"),
        NoCall.TRIED: _("Nobody picked up a few hours ago: try tomorrow, at another hour"),
        NoCall.EARLY: _("May still answer the mail: call from %(day)s on", day=day),
    }[reason]


def warning_words(reason: NoCall) -> str | None:
    """The same for the page of the call, where somebody may be on the line already; None where nothing has to be said."""
    return {
        NoCall.REFUSED: _("They did not want to be asked by phone before. Ask only if they bring it up themselves."),
        NoCall.STOP_LIST: _(
            "They are on the stop list: do not call them to ask. Note an answer only if they give it by themselves."
        ),
        NoCall.REFUSED_MAILS: _(
            "They do not want to be asked by mail and never agreed to calls. Note an answer only if they give it by themselves."
        ),
        NoCall.RESTING: _("They asked to be left alone for a while: do not call them to ask."),
    }.get(reason)
