"""The demo companies: deterministic, eighteen months long, built through the services."""

from feedback.demo.insurer import INSURER
from feedback.demo.property import PROPERTY
from feedback.demo.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {scenario.code: scenario for scenario in (INSURER, PROPERTY)}
