"""Webhooks: set up, changed, given a new secret, removed. Writing functions are called inside `transaction()`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.audit import service as audit
from feedback.egress.addresses import Unfit, unfit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.concealing import conceal, reveal
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.partners.models import Webhook, WebhookDelivery
from feedback.partners.rules.delivering import KEPT_SECRET, DeliveryState, HookState
from feedback.partners.rules.news import SUBSCRIBABLE, NewsType
from feedback.partners.signing import make_secret
from feedback.partners.watching import follow_watchers

PURPOSE = "webhook"


@dataclass(frozen=True)
class WebhookDraft:
    """What somebody sets up."""

    url: str
    events: Sequence[NewsType]
    description: str = ""
    details: bool = False
    active: bool = True


def list_webhooks() -> Sequence[Webhook]:
    """All of them, in the order in which they were made."""
    return db.session.scalars(sa.select(Webhook).order_by(Webhook.id)).all()


def get_webhook(webhook_id: int) -> Webhook:
    """The webhook with this id.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(Webhook, webhook_id)
    if found is None:
        raise NotFound
    return found


def create_webhook(draft: WebhookDraft, *, actor: str) -> tuple[Webhook, str]:
    """Add a webhook; answers it and its secret, which is shown this once.

    Raises:
        InvalidInput: the address cannot be called, or there is nothing to tell.
    """
    url, events = _checked(draft.url), _chosen(draft.events)
    secret = make_secret()
    webhook = Webhook(
        url=url,
        description=draft.description.strip(),
        events=events,
        details=draft.details,
        state=HookState.ACTIVE if draft.active else HookState.PAUSED,
        secret=_conceal(secret),
        created_by=actor,
        created_at=clock.now(),
    )
    db.session.add(webhook)
    db.session.flush()
    follow_watchers()
    audit.record(actor, "webhook.created", "webhook", webhook.id, url=url, events=events)
    return webhook, secret


def change_webhook(webhook_id: int, values: Mapping[str, Any], *, actor: str) -> Webhook:
    """Set what is given of `url, events, description, details, active`. To switch it on forgets its failures.

    Raises:
        NotFound: there is none.
        InvalidInput: a field makes no sense.
    """
    webhook = get_webhook(webhook_id)
    if "url" in values:
        webhook.url = _checked(values["url"])
    if "events" in values:
        webhook.events = _chosen(values["events"])
    if "description" in values:
        webhook.description = values["description"].strip()
    if "details" in values:
        webhook.details = values["details"]
    if "active" in values:
        _switch(webhook, on=values["active"])
    db.session.flush()
    follow_watchers()
    audit.record(actor, "webhook.changed", "webhook", webhook.id, fields=sorted(values))
    return webhook


def _switch(webhook: Webhook, *, on: bool) -> None:
    if on and webhook.state is not HookState.ACTIVE:
        webhook.state, webhook.off_reason, webhook.failing_since = HookState.ACTIVE, None, None
        waiting = (WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.state == DeliveryState.WAITING)
        db.session.execute(sa.update(WebhookDelivery).where(*waiting).values(next_try_at=clock.now(), attempts=0))
    elif not on and webhook.state is HookState.ACTIVE:
        webhook.state = HookState.PAUSED


def renew_secret(webhook_id: int, *, actor: str) -> str:
    """Give it a new secret. For a day we sign with the one before as well, so that the other side can change over.

    Raises:
        NotFound: there is none.
    """
    webhook, secret = get_webhook(webhook_id), make_secret()
    webhook.old_secret, webhook.old_secret_until = webhook.secret, clock.now() + KEPT_SECRET
    webhook.secret = _conceal(secret)
    db.session.flush()
    audit.record(actor, "webhook.secret_renewed", "webhook", webhook.id)
    return secret


def remove_webhook(webhook_id: int, *, actor: str) -> None:
    """Forget a webhook with its deliveries.

    Raises:
        NotFound: there is none.
    """
    webhook = get_webhook(webhook_id)
    audit.record(actor, "webhook.removed", "webhook", webhook.id, url=webhook.url)
    db.session.delete(webhook)
    db.session.flush()
    follow_watchers()


def secrets_of(webhook: Webhook) -> list[str]:
    """What we sign with: the present secret, and for a while the one before.

    Raises:
        Unreadable: they were concealed with another secret key of the installation.
    """
    concealed = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > clock.now():
        concealed.append(webhook.old_secret)
    key = current_app.config["SECRET_KEY"]
    return [reveal(key, PURPOSE, text) for text in concealed]


def _conceal(text: str) -> str:
    return conceal(current_app.config["SECRET_KEY"], PURPOSE, text)


def _checked(text: str) -> str:
    url = text.strip()
    trouble = unfit(url, current_app.extensions["closedloop_settings"].private_hosts)
    if trouble is Unfit.INSIDE:
        raise InvalidInput({"url": [_("This lies inside our own network; CLOSEDLOOP_PRIVATE_HOSTS does not name it.")]})
    if trouble is not None:
        raise InvalidInput({"url": [_("Write the whole address; it begins with https://.")]})
    return url


def _chosen(events: Sequence[NewsType]) -> list[str]:
    wanted = [kind.value for kind in SUBSCRIBABLE if kind in set(events)]
    if not wanted:
        raise InvalidInput({"events": [_("Choose what it is told.")]})
    return wanted
