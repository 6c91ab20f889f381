"""What tests of webhooks do again and again."""

from typing import Any

from feedback.kernel import clock
from feedback.partners import webhooks
from feedback.partners.news import News, tell
from feedback.partners.rules.news import NewsType
from feedback.partners.sending import Sent, send_due
from feedback.partners.watching import touch
from feedback.uow import transaction
from jobs import tell_standings
from tests.slices.partners.partner_server import Partner

GATE = (NewsType.GATE_OPENED, NewsType.GATE_CLOSED)


def connect(partner: Partner, *events: NewsType, **values: Any) -> tuple[int, str]:
    """Set up a webhook; the standings of the start are known then. Answers its id and secret."""
    draft = webhooks.WebhookDraft(partner.url, events or GATE, **values)
    with transaction():
        webhook, secret = webhooks.create_webhook(draft, actor="user:1")
        webhook_id = webhook.id
    tell_standings.run()
    return webhook_id, secret


def happened(*account_ids: int) -> None:
    """Something happened to these accounts, and the job looked."""
    with transaction():
        touch(account_ids)
    tell_standings.run()


def news(account_id: int, number: int = 1, kind: NewsType = NewsType.GATE_OPENED) -> None:
    """News as if something had happened."""
    with transaction():
        tell([News(kind, account_id, {"number": number}, clock.now())])


def send() -> Sent:
    """One run of the job."""
    return send_due()
