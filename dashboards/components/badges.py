"""Bands, plays and states as small marks: always a colour and a letter or shape."""

from typing import Any

from dash import html

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.theme import GLYPHS
from feedback.gate.standing import Standing

Component = Any

# The colours that the fields of the matrix have in which a play stands; an open issue is a detractor's matter wherever it stands.
PLAY_BANDS = {
    "upsell": ("promoter",),
    "upsell_with_briefing": ("promoter",),
    "nurture": ("passive",),
    "qualify_wallet": ("promoter", "passive"),
    "protect": ("passive",),
    "protect_and_refer": ("promoter",),
    "survey_first": ("unknown",),
    "verify_fix": ("detractor",),
    "fix_first": ("detractor",),
    "fix_basics": ("detractor",),
    "recover_now": ("detractor",),
}


def mark(band: str) -> Component:
    """The shape of a band."""
    return html.Span(GLYPHS.get(band, "?"), className=f"cl-mark cl-{band}", **attributes(aria_hidden="true"))


def score_badge(score: int | None) -> Component:
    """A contact's last score; silence is a question mark, never a passive."""
    band = "unknown" if score is None else "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
    label = words.word(words.bands, band)
    return html.Span(
        [mark(band), "?" if score is None else str(score)] if score is not None else ["?"],
        className=f"cl-badge cl-score cl-badge-{band}",
        title=label,
        **attributes(aria_label=label if score is None else f"{score}, {label}"),
    )


def play_marks(play: str) -> list[Component]:
    """The shapes of a play, where it is not about one account."""
    return [mark(band) for band in PLAY_BANDS.get(play, ("unknown",))]


def play_badge(play: str, advocacy: str = "", share: str = "") -> Component:
    """A play of an account; its meaning is one hover away."""
    bands = PLAY_BANDS.get(play, ("unknown",))
    band = advocacy if advocacy in bands else bands[0]
    meaning = words.play_meaning(play, share)
    return html.Span(
        [mark(band), words.word(words.plays, play)],
        className=f"cl-badge cl-badge-{band} cl-tip",
        tabIndex=0,
        **attributes(data_tip=meaning, aria_description=meaning),
    )


def standing_badge(standing: Standing) -> Component:
    """The play of an account whose standing is known."""
    return play_badge(standing.play, standing.advocacy, standing.share_of_wallet)


def severity_badge(severity: str) -> Component:
    """How bad an issue is; the fuller the mark, the worse."""
    glyph = {"critical": "●●●", "major": "●●", "minor": "●"}.get(severity, "●")
    name: list[Component] = [
        html.Span(glyph, className="cl-severity", **attributes(aria_hidden="true")),
        words.word(words.severities, severity),
    ]
    return html.Span(name, className="cl-badge")


def state_badge(state: str) -> Component:
    """Where an issue stands."""
    return html.Span(words.word(words.states, state), className="cl-badge")
