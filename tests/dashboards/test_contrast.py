"""Text can be read: each colour that words are written in against each ground they stand on, by WCAG 2.2, level AA."""

import pytest

from dashboards.theme import DARK, LIGHT, Palette, mantine_theme

TEXTS = ("text", "quiet", "accent", "overdue", "promoter_text", "passive_text", "detractor_text", "unknown_text")
GROUNDS = ("surface", "ground", "hover")
AA = 4.5  # success criterion 1.4.3, text of ordinary size


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_ends_of_its_scale() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(colours: Palette, text: str, ground: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= AA


@pytest.mark.parametrize(("colours", "label"), [(LIGHT, "#ffffff"), (DARK, "#0b1620")], ids=["light", "dark"])
def test_the_label_of_the_main_button_stands_out(colours: Palette, label: str) -> None:
    assert contrast(colours.accent, label) >= AA


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_label_of_a_filled_control_stands_out(scheme: str) -> None:
    theme = mantine_theme()
    assert contrast(theme["colors"]["accent"][theme["primaryShade"][scheme]], "#FFFFFF") >= AA
