"""At once, collected, held or not at all: each person is told as they chose, and the log says what became of it."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.listening.came_back import record_report
from feedback.listening.rules.reports import Report
from feedback.listening.rules.verdicts import Verdict
from feedback.outbox.queries import count_unread, dead_messages, notifications_of
from feedback.outbox.sales_wording import SALES
from feedback.outbox.service import recall
from feedback.outbox.wording import _WORDINGS
from feedback.outbox.work_wording import WORK
from feedback.telling.log import Fate, LogFilter, LogLine, count_lines, lines
from feedback.telling.rules.plans import Reason
from feedback.telling.rules.topics import Channel, Mode, Topic, known_kinds
from feedback.uow import end_reading, transaction
from jobs import collect_notices, deliver_outbox
from tests.factories import make_account, make_team, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import give_issue
from tests.slices.telling.conftest import NOW, tell, wish
from tests.smtp import Mailbox

MAIL = (Topic.MINE, Channel.MAIL)
VOICE = (Topic.VOICES, Channel.APP)
NIGHT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
TOMORROW_8 = datetime(2026, 11, 24, 8, tzinfo=UTC)


def run(at: datetime) -> None:
    """Every job that tells, at a moment."""
    with clock.frozen(at):
        collect_notices.run()
        deliver_outbox.run()


def mail_line(user_id: int) -> LogLine:
    """The only line of the log about a mail to somebody."""
    (line,) = lines(LogFilter(channel=Channel.MAIL, user_id=user_id))
    return line


def test_every_notice_has_a_topic() -> None:
    assert {*_WORDINGS, *WORK, *SALES} <= known_kinds()


def test_who_chose_nothing_gets_a_mail_at_once(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE)
    tell(ana)
    deliver_outbox.run()
    assert [mail["Subject"] for mail in mailbox.mails] == ["Issue 118 opened at Nordbau"]
    assert (mail_line(ana).fate, mail_line(ana).at, count_unread(ana)) == (Fate.HANDED_OVER, NOW, 1)


def test_a_daily_digest_comes_once_with_everything_by_customer_and_matter(mailbox: Mailbox) -> None:
    ana, nordbau = make_user(Role.FRONTLINE), make_account(name="Nordbau")
    wish(ana, modes={MAIL: Mode.DAILY})
    for number in (118, 119):
        tell(ana, number, link=f"/app/accounts/{nordbau}")
    tell(ana, 3, account="X")
    run(NOW)
    run(TOMORROW_8 - timedelta(minutes=1))
    assert (mailbox.mails, mail_lines(ana)) == ([], {(Fate.WAITING, Reason.DAILY, TOMORROW_8)})
    run(TOMORROW_8)
    run(TOMORROW_8 + timedelta(days=1))
    (mail,) = mailbox.mails
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "3 notices for you"
    assert text.index("Nordbau\n---") < text.index("Issue 118") < text.index("Issue 119") < text.index("Other news")
    assert text.count(f"/app/accounts/{nordbau}") == 1


def test_a_digest_has_a_html_part_with_links_and_what_is_due(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE, locale="ru", time_zone="Europe/Moscow")
    wish(ana, modes={MAIL: Mode.DAILY})
    due_at = datetime(2026, 11, 25, 11, 30, tzinfo=UTC)
    issue = give_issue(make_account(name="<b>Nord & Bau"), next_due_at=due_at)
    tell(ana, account="<b>Nord & Bau", link=f"/app/issues/{issue}")
    tell(ana, 119)
    run(NOW)
    run(TOMORROW_8)
    (mail,) = mailbox.mails
    html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
    assert (f'/app/issues/{issue}"' in html, "&lt;b&gt;Nord &amp; Bau" in html, "prefers-color-scheme: dark" in html) == (
        True,
    ) * 3
    assert "срок: ср, 25 нояб., 14:30" in html
    assert "срок: ср, 25 нояб., 14:30" in text
    assert 'lang="ru"' in html


def mail_lines(user_id: int) -> set[tuple[Fate, Reason | None, datetime | None]]:
    """What the log says of all mails to somebody."""
    return {(one.fate, one.reason, one.due_at) for one in lines(LogFilter(channel=Channel.MAIL, user_id=user_id))}


def test_a_digest_is_in_the_readers_language_and_at_their_hour(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE, locale="es", time_zone="America/New_York")
    wish(ana, modes={MAIL: Mode.WEEKLY}, digest_hour=17, digest_weekday=4)
    tell(ana)
    tell(ana, 119)
    friday = datetime(2026, 11, 27, 22, tzinfo=UTC)
    run(friday - timedelta(minutes=1))
    assert mailbox.mails == []
    run(friday)
    assert mailbox.mails[0]["Subject"] == "2 avisos para usted"


def test_what_comes_in_quiet_hours_waits_for_their_end(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE)
    wish(ana, quiet_from=time(22), quiet_until=time(7))
    with clock.frozen(NIGHT):
        tell(ana)
        tell(ana, 119, "issue_escalated")
        deliver_outbox.run()
    assert len(mailbox.mails) == 1  # the escalation passes
    run(datetime(2026, 11, 24, 6, 59, tzinfo=UTC))
    assert len(mailbox.mails) == 1
    run(datetime(2026, 11, 24, 7, tzinfo=UTC))
    assert mailbox.mails[1]["Subject"] == "Issue 118 opened at Nordbau"


def test_who_chose_nothing_is_mailed_at_night_only_about_what_is_urgent(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE)
    with clock.frozen(NIGHT):
        tell(ana)
        tell(ana, 119, "issue_overdue", clocks=["first_contact"], severity="minor")
        tell(ana, 120, "issue_overdue", clocks=["first_contact"], severity="major")
        deliver_outbox.run()
    assert ([mail["Subject"] for mail in mailbox.mails], count_unread(ana)) == (["Issue 120 at Nordbau is overdue"], 3)
    run(TOMORROW_8)
    assert [mail["Subject"] for mail in mailbox.mails][1:] == ["2 notices for you"]


def test_who_wants_no_weekend_is_told_of_what_waited_there_at_once(mailbox: Mailbox) -> None:
    ana, saturday = make_user(Role.FRONTLINE), datetime(2026, 11, 28, 12, tzinfo=UTC)
    with clock.frozen(saturday):
        tell(ana)
        deliver_outbox.run()
        wish(ana, quiet_weekends=False)
    run(saturday + timedelta(minutes=1))
    assert len(mailbox.mails) == 1


def test_a_mail_that_was_late_does_not_arrive_in_quiet_hours(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE)
    wish(ana, quiet_from=time(22), quiet_until=time(7))
    tell(ana)
    mailbox.answers.append("451 later")
    deliver_outbox.run()
    run(NIGHT)
    assert mailbox.mails == []
    run(datetime(2026, 11, 24, 7, tzinfo=UTC))
    assert len(mailbox.mails) == 1


def test_what_only_this_machine_took_reached_nobody_also_when_there_is_a_mail_server_later(
    app: Flask, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ana = make_user(Role.FRONTLINE)
    tell(ana)
    wish(ana, modes={(Topic.VOICES, Channel.MAIL): Mode.DAILY})
    tell(ana, 119, "issue_voice")
    with monkeypatch.context() as caught:
        caught.setattr(app.extensions["closedloop_settings"], "caught_mail_dir", tmp_path)
        run(NOW)
        run(TOMORROW_8)
    assert {(one.kind, one.fate) for one in lines(LogFilter(undelivered=True))} == {
        ("issue_opened", Fate.KEPT_HERE),
        ("issue_voice", Fate.KEPT_HERE),
    }
    assert lines(LogFilter(Fate.HANDED_OVER, Channel.MAIL)) == []


def test_what_reached_nobody_is_counted_but_not_what_they_did_not_want(client: FlaskClient) -> None:
    ana = make_user(Role.FRONTLINE)
    wish(ana, modes={(Topic.VOICES, Channel.MAIL): Mode.OFF})
    tell(ana, 1, "issue_voice")
    tell(ana, 2)
    deliver_outbox.run()  # without a mail server
    as_user(client, make_user(Role.ADMIN))
    items = client.get("/api/v1/deliveries?undelivered=true").json["items"]
    assert [(one["kind"], one["channel"], one["reason"]) for one in items] == [("issue_opened", "mail", "no_channel")]
    assert count_lines(LogFilter(undelivered=True)) == 1


def test_what_is_off_is_in_the_list_and_nowhere_else(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE)
    wish(ana, modes={VOICE: Mode.OFF, (Topic.VOICES, Channel.MAIL): Mode.OFF})
    tell(ana, kind="issue_voice")
    deliver_outbox.run()
    assert (mailbox.mails, count_unread(ana)) == ([], 0)
    assert {(one.channel, one.fate, one.reason) for one in lines(LogFilter())} == {
        (Channel.APP, Fate.NOT_SENT, Reason.CHOICE),
        (Channel.MAIL, Fate.NOT_SENT, Reason.CHOICE),
    }


@pytest.mark.parametrize(("values", "reason"), [({"email": ""}, Reason.NO_ADDRESS), ({"active": False}, Reason.LEFT)])
def test_the_log_says_why_nothing_was_sent(mailbox: Mailbox, values: dict[str, object], reason: Reason) -> None:
    ana = make_user(Role.FRONTLINE, **values)
    tell(ana)
    deliver_outbox.run()
    assert (mail_line(ana).fate, mail_line(ana).reason, mailbox.mails) == (Fate.NOT_SENT, reason, [])


def test_without_a_mail_server_the_log_says_so() -> None:
    ana = make_user(Role.FRONTLINE)
    tell(ana)
    deliver_outbox.run()
    assert (mail_line(ana).fate, mail_line(ana).reason) == (Fate.NOT_SENT, Reason.NO_CHANNEL)


def test_what_was_given_up_can_be_tried_again(mailbox: Mailbox, client: FlaskClient) -> None:
    ana, admin = make_user(Role.FRONTLINE), make_user(Role.ADMIN)
    tell(ana)
    mailbox.answers.append("550 no such user")
    deliver_outbox.run()
    as_user(client, admin)
    (line,) = client.get(f"/api/v1/deliveries?fate=gave_up&user_id={ana}").json["items"]
    assert (line["channel"], "550 no such user" in line["error"]) == ("mail", True)
    assert client.post(f"/api/v1/deliveries/{line['id']}/retry").status_code == 204
    assert client.post(f"/api/v1/deliveries/{line['id']}/retry").status_code == 409
    deliver_outbox.run()
    assert (mail_line(ana).fate, dead_messages()) == (Fate.HANDED_OVER, [])


@pytest.mark.parametrize(("verdict", "fate"), [(Verdict.DEAD, Fate.GAVE_UP), (Verdict.DELAYED, Fate.HANDED_OVER)])
def test_a_mail_that_came_back_was_given_up(mailbox: Mailbox, verdict: Verdict, fate: Fate) -> None:
    ana, ben = make_user(Role.FRONTLINE), make_user(Role.FRONTLINE)
    tell(ana)
    tell(ben)
    deliver_outbox.run()
    with transaction():
        named = record_report(Report(verdict, "5.1.1", frozenset({mailbox.mails[0]["Message-ID"]}), frozenset()))
    assert (named, mail_line(ana).fate, mail_line(ben).fate) == (int(fate is Fate.GAVE_UP), fate, Fate.HANDED_OVER)
    assert ("5.1.1" in (mail_line(ana).error or "")) == (fate is Fate.GAVE_UP)


def test_what_was_taken_back_is_not_in_the_digest(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE)
    wish(ana, modes={MAIL: Mode.DAILY})
    tell(ana)
    run(NOW)
    with transaction():
        recall([f"issue_opened:118:{ana}"])
    run(TOMORROW_8)
    assert (mailbox.mails, mail_line(ana).fate) == ([], Fate.TAKEN_BACK)


def test_what_waits_follows_what_is_chosen_since(mailbox: Mailbox) -> None:
    ana = make_user(Role.FRONTLINE)
    wish(ana, modes={MAIL: Mode.WEEKLY})
    tell(ana)
    run(NOW)
    wish(ana, modes={MAIL: Mode.AT_ONCE})
    run(NOW)
    assert len(mailbox.mails) == 1


def test_people_choose_over_http_what_can_be_chosen(client: FlaskClient) -> None:
    as_user(client, make_user(Role.FRONTLINE))
    address = "/api/v1/notification-settings"
    change = {"quiet_from": "22:00", "quiet_until": "07:00", "choices": [{"topic": "voices", "channel": "mail", "mode": "off"}]}
    held = client.patch(address, json=change).json
    assert (held["quiet_from"], held["digest_hour"]) == ("22:00", 8)
    assert {"topic": "voices", "channel": "mail", "mode": "off", "modes": [*Mode]} in held["choices"]
    assert client.get(address).json == held


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"choices": [{"topic": "mine", "channel": "app", "mode": "off"}]}, "choices"),
        ({"choices": [{"topic": "voices", "channel": "app", "mode": "daily"}]}, "choices"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"digest_weekday": 7}, "digest_weekday"),
        ({"quiet_until": None}, "quiet_until"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
    ],
)
def test_what_cannot_be_is_refused(client: FlaskClient, body: dict[str, object], field: str) -> None:
    as_user(client, make_user(Role.FRONTLINE))
    answer = client.patch("/api/v1/notification-settings", json=body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_the_list_is_filtered_by_topic_customer_and_what_is_unread(client: FlaskClient) -> None:
    ana, account = make_user(Role.FRONTLINE), make_account(name="Nordbau")
    tell(ana, 1, link=f"/app/accounts/{account}")
    tell(ana, 2)
    tell(ana, 3, "issue_voice")
    deliver_outbox.run()
    as_user(client, ana)
    address = "/api/v1/notifications"
    found = [
        [one["params"]["number"] for one in client.get(f"{address}?{query}").json["items"]]
        for query in ("", "topic=mine", f"account_id={account}", "topic=voices&unread=true")
    ]
    assert found == [[3, 2, 1], [2, 1], [1], [3]]
    one = client.get(f"{address}?account_id={account}").json["items"][0]
    assert (one["account"], client.post(f"{address}/{one['id']}/read").json) == ("Nordbau", {"read": 1})
    assert client.get(address).json["unread"] == 2


def test_somebody_elses_line_is_not_there(client: FlaskClient) -> None:
    ana, ben = make_user(Role.FRONTLINE), make_user(Role.FRONTLINE)
    tell(ana)
    deliver_outbox.run()
    number = notifications_of(ana)[0].id
    end_reading()  # a request has a snapshot of its own
    assert as_user(client, ben).post(f"/api/v1/notifications/{number}/read").status_code == 404
    assert count_unread(ana) == 1


def test_a_token_has_no_wishes(app: Flask, client: FlaskClient) -> None:
    assert client.get("/api/v1/notification-settings", headers=token(app)).status_code == 403


def test_the_page_keeps_what_was_chosen(client: FlaskClient) -> None:
    as_user(client, make_user(Role.FRONTLINE, team_id=make_team()))
    form = {
        "voices.mail": "weekly",
        "digest_hour": "17",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "csrf_token": csrf(client),
    }
    assert client.post("/settings/notices", data=form).status_code == 302
    held = client.get("/api/v1/notification-settings").json
    assert (held["digest_hour"], held["quiet_until"], held["urgent_passes"]) == (17, "07:00", False)
    assert next(one["mode"] for one in held["choices"] if (one["topic"], one["channel"]) == ("voices", "mail")) == "weekly"
    assert 'value="weekly" selected' in client.get("/settings/notices").text
    wrong = client.post("/settings/notices", data=form | {"quiet_until": "late"})
    assert (wrong.status_code, "Write a time as 22:00." in wrong.text) == (422, True)


def csrf(client: FlaskClient) -> str:
    """The token of this session's forms."""
    return str(client.environ_base["HTTP_X_CSRFTOKEN"])
