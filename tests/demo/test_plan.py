"""The planned life of the demo companies: deterministic, and its effects come from parameters alone."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from feedback.demo import SCENARIOS
from feedback.demo.generate import PlannedAnswer, plan_accounts, plan_answers
from feedback.demo.scenario import LANGUAGES, SIZES, Scenario

END = date(2026, 6, 1)


def _answers(scenario: Scenario, seed: int) -> list[PlannedAnswer]:
    accounts = plan_accounts(scenario, SIZES["small"], seed)
    return plan_answers(scenario, SIZES["small"], accounts, END, seed)


def _first_two(scenario: Scenario, seed: int = 1) -> list[str]:
    """The two defects that cost most points by an ordinary least-squares fit on the planned answers (numpy, not our ranking)."""
    answers = _answers(scenario, seed)
    presence = np.array([[defect.code in answer.defects for defect in scenario.defects] for answer in answers], dtype=float)
    points = np.array([100.0 * (answer.score >= 9) - 100.0 * (answer.score <= 6) for answer in answers])
    design = np.column_stack([np.ones(len(answers)), presence])
    effects = np.linalg.lstsq(design, points, rcond=None)[0][1:]
    order = np.argsort(presence.mean(axis=0) * effects)
    return [scenario.defects[index].code for index in order[:2]]


@pytest.mark.parametrize("code", SCENARIOS)
def test_the_same_seed_gives_the_same_life(code: str) -> None:
    assert _answers(SCENARIOS[code], 7) == _answers(SCENARIOS[code], 7)


def test_the_insurer_suffers_from_late_claims_and_lack_of_contact() -> None:
    assert _first_two(SCENARIOS["insurer"]) == ["claims_delay", "no_contact"]


def test_another_seed_is_a_company_with_other_problems() -> None:
    assert _first_two(SCENARIOS["insurer"].for_seed(2), 2) == ["no_contact", "claim_status"]
    assert not {"claims_delay", "no_contact"} & set(_first_two(SCENARIOS["insurer"].for_seed(5), 5))


def test_swapped_parameters_swap_the_ranking() -> None:
    scenario = SCENARIOS["insurer"].swapped("claims_delay", "phone_wait").swapped("no_contact", "handover")
    assert _first_two(scenario) == ["phone_wait", "handover"]


def test_without_planted_effects_nothing_stands_out() -> None:
    harmless = replace(SCENARIOS["insurer"], defects=tuple(replace(d, effect=0.0) for d in SCENARIOS["insurer"].defects))
    answers = _answers(harmless, 1)
    late = [answer.score for answer in answers if "claims_delay" in answer.defects]
    others = [answer.score for answer in answers if "claims_delay" not in answer.defects]
    assert abs(np.mean(late) - np.mean(others)) < 0.3


@pytest.mark.parametrize("code", SCENARIOS)
def test_every_defect_speaks_three_languages(code: str) -> None:
    for defect in SCENARIOS[code].defects:
        assert set(defect.wording) == set(defect.phrases) == set(LANGUAGES)
        assert {"en": defect.name, **defect.names}.keys() == set(LANGUAGES)
