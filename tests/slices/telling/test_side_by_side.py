"""Several schedulers collect at the same moment: each person gets one message with everything."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.telling.digests import SEND_DIGEST
from feedback.telling.models import NoticeDelivery
from feedback.telling.rules.topics import Channel, Mode, Topic
from feedback.uow import end_reading
from jobs import collect_notices, deliver_outbox
from tests.factories import make_user
from tests.slices.telling.conftest import NOW, tell, wish
from tests.smtp import Mailbox

PEOPLE, NEWS, SCHEDULERS = 6, 5, 4


def test_schedulers_side_by_side_make_one_digest_each(app: Flask, mailbox: Mailbox) -> None:
    people = [make_user(Role.FRONTLINE) for _place in range(PEOPLE)]
    for person in people:
        wish(person, modes={(Topic.MINE, Channel.MAIL): Mode.DAILY})
        for number in range(NEWS):
            tell(person, number)
    deliver_outbox.run()
    end_reading()

    def scheduler(_number: int) -> None:
        with app.app_context(), clock.frozen(NOW + timedelta(days=1)):
            collect_notices.run()

    with ThreadPoolExecutor(SCHEDULERS) as pool:
        list(pool.map(scheduler, range(SCHEDULERS)))
    digests = db.session.scalars(sa.select(OutboxMessage.key).where(OutboxMessage.kind == SEND_DIGEST)).all()
    held = sa.select(NoticeDelivery.outbox_key, sa.func.count()).where(NoticeDelivery.channel == Channel.MAIL)
    assert dict(db.session.execute(held.group_by(NoticeDelivery.outbox_key)).all()) == dict.fromkeys(digests, NEWS)  # type: ignore[arg-type]
    assert len(digests) == PEOPLE
