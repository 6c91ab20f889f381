"""Periods, states and changes of a plan in words."""

from collections.abc import Mapping

from flask_babel import gettext as _


def plan_states() -> Mapping[str, str]:
    """How far a plan is."""
    return {"draft": _("Draft"), "active": _("Active"), "closed": _("Closed")}


def periods() -> Mapping[str, str]:
    """How long a plan holds."""
    return {"quarter": _("A quarter"), "half": _("Half a year"), "year": _("A year"), "free": _("Own dates")}


def objective_states() -> Mapping[str, str]:
    """What became of an objective."""
    return {"open": _("open"), "reached": _("reached"), "dropped": _("dropped")}


def intent_states() -> Mapping[str, str]:
    """What became of something that we would like to sell."""
    return {"open": _("open"), "won": _("won"), "lost": _("lost"), "dropped": _("dropped")}


def intents() -> Mapping[str, str]:
    """What kind of sale."""
    return {"new_sale": _("New sale"), "cross_sell": _("Something else of ours"), "upsell": _("More of the same")}


def promise_states() -> Mapping[str, str]:
    """How a promise stands."""
    return {
        "open": _("open"),
        "overdue": _("overdue"),
        "kept": _("kept"),
        "broken": _("not kept"),
        "withdrawn": _("not needed any more"),
    }


def condition_kinds() -> Mapping[str, str]:
    """What can be asked for by hand; issues and disruptions are suggested by the standing."""
    return {
        "score": _("A fresh score of 7 or better from a person"),
        "consent": _("A person's consent to offers by phone"),
        "defect": _("A problem that is none any more"),
        "heard": _("An answer from the people who decide"),
        "index": _("Better answers: advocacy at zero or above"),
        "wallet": _("A fresh estimate of what they spend"),
    }


def changes() -> Mapping[str, str]:
    """What history says of each kind of change."""
    return {
        "made": _("The plan was begun"),
        "changed": _("What the plan is about was changed"),
        "activated": _("The plan became active"),
        "closed": _("The plan was closed"),
        "objective_added": _("An objective was added"),
        "objective_changed": _("An objective was changed"),
        "objective_removed": _("An objective was taken out"),
        "condition_added": _("Something that must change was added"),
        "condition_removed": _("Something that must change was taken out"),
        "intent_added": _("Something to sell was added"),
        "intent_changed": _("Something to sell was changed"),
        "intent_removed": _("Something to sell was taken out"),
        "review_added": _("A review was planned"),
        "review_changed": _("A review was moved, called off or held"),
        "review_removed": _("A review was taken out"),
        "promise_added": _("A promise was added"),
        "promise_changed": _("A promise was changed or ended"),
        "promise_removed": _("A promise was taken out"),
    }
