"""What pages call news, states and reasons of webhooks."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask_babel import gettext as _

from feedback.partners.models import Webhook
from feedback.partners.rules.delivering import HookState, OffReason
from feedback.partners.rules.news import NewsType


def news_words() -> Mapping[str, str]:
    """Kinds of news."""
    return {
        NewsType.GATE_OPENED: _("The gate opened at a customer"),
        NewsType.GATE_CLOSED: _("The gate closed at a customer"),
        NewsType.STANDING_CHANGED: _("A customer's standing changed"),
        NewsType.RESPONSE_RECEIVED: _("A customer answered"),
        NewsType.ISSUE_OPENED: _("An issue was opened"),
        NewsType.ISSUE_CHANGED: _("An issue moved"),
        NewsType.ISSUE_CLOSED: _("An issue was closed"),
        NewsType.CONSENT_CHANGED: _("A contact's consent changed"),
        NewsType.TEST: _("A test"),
    }


def delivery_words() -> Mapping[str, str]:
    """States of a delivery."""
    return {"waiting": _("waits"), "delivered": _("taken"), "given_up": _("given up")}


def name_of(webhook: Webhook) -> str:
    """What it is for, else where it leads."""
    return webhook.description or urlsplit(webhook.url).hostname or webhook.url


def state_text(webhook: Webhook) -> str:
    """Whether it is sent to, and why not."""
    if webhook.state is HookState.OFF:
        gone = webhook.off_reason is OffReason.GONE
        return _("switched off: it says that it is gone") if gone else _("switched off: it took nothing for three days")
    if webhook.state is HookState.PAUSED:
        return _("paused")
    return _("on, fails at the moment") if webhook.failing_since else _("on")
