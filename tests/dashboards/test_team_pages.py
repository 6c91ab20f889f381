"""The lead's pages: load, queue, absences, rules and their trial; "why me?" on the issue."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from dashboards.pages.rules.callbacks import _changed
from dashboards.pages.rules.form import EMPTY, line_of
from dashboards.pages.rules.skills import change
from dashboards.pages.rules.trial import trial
from dashboards.pages.team import callbacks
from dashboards.places import places_of
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.issues.rulebook import RuleLine, replace_rules
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput, NotFound
from feedback.reporting.rule_board import stored_rules, try_rules
from feedback.reporting.skill_board import skill_lines
from feedback.staffing.queries import list_absences
from feedback.staffing.service import change_profile, create_skill
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, make_answer


class Team:
    """A lead, somebody with room for one issue, and two issues: the second one waits."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            self.team = make_team(name="Claims")
            self.lead = make_user(Role.FRONTLINE, team_id=self.team, leads_team=True, name="Lea")
            self.owner = make_user(Role.FRONTLINE, team_id=self.team, name="Omar")
            self.stranger = make_user(Role.FRONTLINE, team_id=make_team(), name="Eva")
            account = make_account(name="Acme")
            with transaction():
                boss = get_viewer(self.lead)
                create_skill("fraud", name="Fraud", names={"ru": "Мошенничество"}, actor="test")
                change_profile(self.lead, viewer=boss, capacity=0)
                change_profile(self.owner, viewer=boss, capacity=1, skills=["fraud"], languages=["es"])
                replace_rules([RuleLine(team_id=self.team)], actor="test")
            answers = [make_answer(account, defects=((make_defect(name=name), "service"),)) for name in ("Late", "Lost")]
            self.first, self.second = (accept(answer)[answer.response_id] for answer in answers)


@pytest.fixture
def team(app: Flask) -> Team:
    return Team(app)


def shown(app: Flask, person: int, address: str) -> str:
    with viewing(app, person, address) as viewer:
        return texts(body_of(viewer, address))


def test_the_lead_sees_load_skills_and_what_waits(app: Flask, team: Team) -> None:
    text = shown(app, team.lead, "/app/team")
    for part in ("1 issue waits", "1 of 1, full", "Fraud", "Spanish", "Claims, lead", "Waiting for somebody with room", "Lost"):
        assert part in text, part
    assert "Eva" not in text


def test_the_pages_of_a_lead_stand_among_the_first_places(app: Flask, team: Team) -> None:
    with viewing(app, team.lead) as viewer:
        assert [place.path for place in places_of(viewer)][:3] == ["/app/issues", "/app/team", "/app/rules"]
    with viewing(app, team.owner) as viewer:
        assert "/app/rules" not in {place.path for place in places_of(viewer)}


def test_an_absence_is_entered_and_what_is_open_is_handed_over(app: Flask, team: Team) -> None:
    today = clock.now().date().isoformat()
    with viewing(app, team.owner) as viewer:
        callbacks.enter_absence(viewer, 1, today, None, str(team.stranger), "", team.owner, 0)
        (absence,) = list_absences(viewer, since=clock.now())
    address = f"/app/absences/{absence.id}"
    text = shown(app, team.stranger, address)
    assert "Hand over All that are open" in text
    assert "Late" in text
    with viewing(app, team.stranger) as viewer:
        callbacks.hand_all_over(viewer, 1, str(team.stranger), "Call", None, absence.id, 0)
    assert "Nothing is open with this person." in shown(app, team.owner, address)
    assert "chose the owner by hand" in shown(app, team.stranger, f"/app/issues/{team.first}")


def test_an_administrator_chooses_the_lead(app: Flask, team: Team) -> None:
    with app.app_context():
        admin = make_user(Role.ADMIN)
    address = f"/app/team/{team.owner}"
    assert "Make Omar the lead" in shown(app, admin, address)
    with viewing(app, admin) as viewer:
        callbacks.make_lead(viewer, 1, team.owner, 0)
    assert "Omar leads Claims" in shown(app, admin, address)
    assert "Make Omar" not in shown(app, team.lead, address)


def test_strangers_see_neither_person_nor_absence(app: Flask, team: Team) -> None:
    with viewing(app, team.stranger) as viewer, pytest.raises(NotFound):
        body_of(viewer, f"/app/team/{team.owner}")


def test_the_issue_says_why_it_came_to_its_owner(app: Flask, team: Team) -> None:
    first, second = (shown(app, team.lead, f"/app/issues/{issue}") for issue in (team.first, team.second))
    for part in ("Why this person?", "everything that no other rule is written for", "got it: the most room (had 0 of 1 open)"):
        assert part in first, part
    for part in ("Why me?", "had no room (had 1 of 1 open)", "takes none by rule", "Nobody has room for it yet."):
        assert part in second, part


def test_a_trial_says_what_a_draft_would_have_done(app: Flask, team: Team) -> None:
    with viewing(app, team.lead) as viewer:
        today = clock.now().date()
        draft = [{**EMPTY, "user_id": team.stranger, "category": "service"}, *stored_rules()]
        found = try_rules(draft, today - timedelta(days=1), today, viewer)
        text = texts(trial(viewer, found))
    for part in ("2 issues", "2 changed by the draft", "Issues by rule: rule 1: 2", "No issue came to rule 2.", "+2"):
        assert part in text, part


def test_a_trial_that_changes_what_the_viewer_may_not_see_does_not_say_that_it_changes_nothing(app: Flask, team: Team) -> None:
    with viewing(app, team.lead) as viewer:
        today = clock.now().date()
        found = try_rules([*stored_rules()], today - timedelta(days=1), today, viewer)
        same, hidden = (texts(trial(viewer, replace(found, changes=(), more_changes=more))) for more in (0, 2))
    assert ("The draft changes nothing" in same, "The draft changes nothing" in hidden) == (True, False)
    assert "2 issues change; their customers are not yours to see." in hidden


def test_skills_are_renamed_joined_and_removed_with_what_uses_them_in_sight(app: Flask, team: Team) -> None:
    with viewing(app, team.lead) as viewer, transaction():
        fake = create_skill("fake", name="Fake", names={}, actor="test").id
        fraud = next(line.id for line in skill_lines() if line.code == "fraud")
        change_profile(team.owner, viewer=viewer, skills=["fake"])
        replace_rules([RuleLine(team_id=team.team, skills=["fake"], category="price"), RuleLine(team_id=team.team)], actor="test")
        change("rename", fraud, {"name": "Fraud cases"}, viewer)
    text = shown(app, team.lead, "/app/rules")
    assert "Who has it: Omar · Rules that ask for it: 1" in text
    assert "Who has it: nobody · Rules that ask for it: none" in text
    with viewing(app, team.lead) as viewer:
        with pytest.raises(Conflict), transaction():
            change("drop", fake, {}, viewer)
        with transaction():
            change("merge", fake, {"into": str(fraud)}, viewer)
        (line,) = skill_lines()
    assert shown(app, team.lead, "/app/rules").count("Rename, join or remove") == 1
    assert (line.name, line.people, line.rules) == ("Fraud cases", ("Omar",), (1,))


RULES: list[dict[str, Any]] = [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("press", "at", "order"),
    [("rule-up", 1, [1, 0, 2]), ("rule-down", 0, [1, 0, 2]), ("rule-drop", 1, [0, 2]), ("rules-discard", None, [7])],
)
def test_a_press_changes_the_draft_and_nothing_else(press: str, at: int | None, order: list[int]) -> None:
    draft = list(RULES)
    assert [rule["n"] for rule in _changed(press, at, draft, [{"n": 7}])] == order
    assert draft == RULES


def test_a_form_becomes_a_rule_and_needs_somebody(app: Flask) -> None:
    with app.test_request_context():
        line = line_of(
            {"target": "team:7", "skills": ["fraud"], "region": ""}, {"prefer_helper": True, "customer_language": False}
        )
        assert {name: value for name, value in line.items() if value} == {
            "team_id": 7,
            "skills": ["fraud"],
            "prefer_helper": True,
        }
        with pytest.raises(InvalidInput):
            line_of({"target": None}, {})


@pytest.mark.parametrize(("locale", "open_issues", "free"), [("es", "Abiertas", "Libre"), ("ru", "Открыто", "Можно")])
def test_what_somebody_has_open_is_not_called_free(app: Flask, locale: str, open_issues: str, free: str) -> None:
    with app.app_context():
        lead = make_user(Role.FRONTLINE, team_id=make_team(), leads_team=True, locale=locale)
    with viewing(app, lead, "/app/team") as viewer:
        shown = texts(body_of(viewer, "/app/team"))
    assert open_issues in shown
    assert free not in shown
