"""Figures from rows, without a database."""

import math
from datetime import date
from itertools import combinations

import pytest

from dashboards.figures.bubble_matrix import Severity, bubble_matrix, curve_height, hover_text, per_customer
from dashboards.figures.labels import Box, Line, Mark, Place, place_labels
from dashboards.figures.trend import nps_trend, share_trend
from dashboards.figures.waterfall_chart import waterfall_chart
from feedback.reporting.defect_rows import Change, Evidence, MonthPoint, SharePoint, waterfall
from tests.dashboards.rows import defect, months, ranking
from tests.dashboards.viewing import plotly_of

LABELS = ("NPS today", "All other defects", "NPS without defects")


def test_the_waterfall_closes_exactly_with_the_published_decomposition():
    # Rocks' data: 48.6 − 9.1 − 15.9 − 5.6 − 8.0 = 10.0
    losses = [("d1", "Taste", 9.1), ("d2", "Price", 15.9), ("d3", "Look", 5.6), ("d4", "Smell", 8.0)]
    bars = waterfall(10.0, 48.6, losses, shown=2, labels=LABELS)
    assert [(step.label, round(step.end, 1)) for step in bars.steps] == [
        ("NPS today", 10.0),
        ("Price", 25.9),
        ("Taste", 35.0),
        ("All other defects", 48.6),
        ("NPS without defects", 48.6),
    ]
    assert bars.is_closed


def test_a_harmless_coefficient_stays_in_the_rest_of_the_waterfall():
    bars = waterfall(10.0, 12.0, [("d1", "Bad", 5.0), ("d2", "Good", -3.0)], shown=6, labels=LABELS)
    assert [(step.code, step.amount) for step in bars.steps[1:-1]] == [("d1", 5.0), (None, -3.0)]


def test_the_waterfall_draws_every_bar_where_the_one_before_ended():
    bars = waterfall(31.0, 62.0, [(row.code, row.name, row.lost) for row in ranking()], shown=5, labels=LABELS)
    (drawn,) = [trace for trace in plotly_of(waterfall_chart(bars)).data if trace.name == "steps"]
    ends = [base + height for base, height in zip(drawn.base, drawn.x, strict=True)]
    assert list(drawn.base[1:-1]) == pytest.approx(ends[:-2])
    assert ends[-1] == pytest.approx(62.0)


def test_names_from_the_catalogue_cannot_bring_markup_into_a_figure():
    assert "<img" not in hover_text(defect(name="<img src=x>"), "EUR")


@pytest.mark.parametrize("width", [330, 660])
def test_labels_of_a_crowded_matrix_do_not_collide(width):
    marks = [Mark(30 + 12.0 * place, 20 + 22.0 * place, 7, f"A long defect name {place}") for place in range(14)]
    places = place_labels(marks, width, 400)
    boxes = [box_of(mark, place) for mark, place in zip(marks, places, strict=True) if place]
    assert len(boxes) >= 10
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def box_of(mark: Mark, place: Place) -> Box:
    """Where a label stands, measured anew from where it is held, with a narrower glyph than the placement assumes."""
    width, height = len(mark.text) * 6.0, 14.0
    left = place.x - {"left": 0.0, "center": 0.5, "right": 1.0}[place.xanchor] * width
    bottom = place.y - {"bottom": 0.0, "middle": 0.5, "top": 1.0}[place.yanchor] * height
    return Box(left, bottom, left + width, bottom + height)


def test_marks_on_one_spot_get_labels_apart_with_lines_that_do_not_cross():
    marks = [Mark(300 + place % 3, 200 + place, 20, f"Problem {place}") for place in range(10)]
    places = [place for place in place_labels(marks, 620, 400) if place]
    leaders = [place.leader for place in places if place.leader]
    assert (len(places) >= 8, len(leaders) >= 4) == (True, True)
    assert not [pair for pair in combinations(leaders, 2) if crossing(*pair)]


def crossing(one: Line, other: Line) -> bool:
    """Whether two lines meet, by solving for the point."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = *one, *other
    turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    along = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn if turn else -1.0
    beside = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn if turn else -1.0
    return 0 < along < 1 and 0 < beside < 1


def test_a_line_to_a_label_begins_and_ends_where_the_axes_say():
    rows = [defect(code=str(place), name=f"Problem {place}", base_frequency=0.2 + place / 500) for place in range(6)]
    layout = plotly_of(bubble_matrix(rows, severity=Severity.CORRELATION, spread=80.0, currency="EUR")).layout
    notes = {(round(10**note.x, 6), round(note.y, 6)) for note in layout.annotations if note.name == "label"}
    assert layout.shapes
    assert {(round(shape.x1, 6), round(shape.y1, 6)) for shape in layout.shapes} <= notes


def test_a_label_that_fits_nowhere_is_left_out():
    assert place_labels([Mark(5, 5, 4, "far too long for this box")], 40, 12) == [None]


def test_an_equal_loss_curve_is_share_times_points():
    assert curve_height(2.0, 0.1, Severity.IMPACT, spread=80.0) == pytest.approx(20.0)


def test_an_equal_loss_curve_as_a_correlation_follows_the_exact_identity():
    # f·Δ = |r|·s·√(f/(1−f)): with f 0.2, Δ 50 and s 80, r = 10 / (80·0.5) = 0.25
    assert curve_height(10.0, 0.2, Severity.CORRELATION, spread=80.0) == pytest.approx(0.25)


def test_the_curves_are_moved_from_answers_to_customers():
    assert per_customer([defect(frequency=0.1, base_frequency=0.4), defect(frequency=0.2, base_frequency=0.8)]) == pytest.approx(
        0.25
    )


def test_a_bubble_is_hollow_unless_its_effect_is_established():
    rows = [defect(code="sure"), defect(code="few", provisional=True, q_value=None), defect(code="chance", q_value=0.4)]
    (drawn,) = [
        trace
        for trace in plotly_of(bubble_matrix(rows, severity=Severity.CORRELATION, spread=80.0, currency="EUR")).data
        if trace.name
    ]
    hollow = [colour == "rgba(0, 0, 0, 0)" for colour in drawn.marker.color]
    assert list(zip(drawn.customdata, hollow, strict=True)) == [("sure", False), ("few", True), ("chance", True)]


def test_the_area_of_a_bubble_is_proportional_to_revenue():
    rows = [defect(code="a", revenue=4e6), defect(code="b", revenue=1e6)]
    (drawn,) = [
        trace
        for trace in plotly_of(bubble_matrix(rows, severity=Severity.IMPACT, spread=80.0, currency="EUR")).data
        if trace.name
    ]
    assert drawn.marker.size[0] / drawn.marker.size[1] == pytest.approx(2.0)


def test_the_share_axis_is_logarithmic():
    chart = plotly_of(bubble_matrix(ranking(), severity=Severity.CORRELATION, spread=80.0, currency="EUR"))
    assert chart.layout.xaxis.type == "log"
    assert chart.layout.xaxis.range[1] > math.log10(0.2)


def test_a_matrix_without_defects_is_an_empty_frame():
    assert not [
        trace
        for trace in plotly_of(bubble_matrix([], severity=Severity.IMPACT, spread=80.0, currency="EUR")).data
        if trace.x == ()
    ][1:]


def test_only_a_tested_change_gets_an_arrow():
    points = [*months(3), MonthPoint(date(2025, 4, 1), 200, 60.0, 50.0, 70.0, Change.UP)]
    arrows = [note.text for note in plotly_of(nps_trend(points)).layout.annotations if note.name == "arrow"]
    assert arrows == ["▲"]


def test_a_month_with_four_answers_shows_its_count_and_no_point():
    chart = plotly_of(nps_trend([*months(2), MonthPoint(date(2025, 3, 1), 4, 100.0, 20.0, 100.0)]))
    drawn = {trace.name: trace for trace in chart.data}
    assert len(drawn["nps"].x) == 2
    assert list(drawn["n"].y) == [100, 100, 4]


def test_the_counts_stand_below_the_line_and_not_across_it():
    layout = plotly_of(nps_trend(months(3))).layout
    assert layout.yaxis2.domain[1] < layout.yaxis.domain[0]


def test_the_share_interval_is_wilsons():
    # Wilson 95 % for 10 of 100: 0.0552…0.1744 (R: prop.test(10, 100, correct = FALSE))
    assert SharePoint(date(2025, 1, 1), 100, 10).interval == pytest.approx((0.0552291, 0.1743657), abs=1e-6)


def test_the_share_figure_leaves_out_months_without_enough_answers():
    chart = plotly_of(share_trend([SharePoint(date(2025, 1, 1), 3, 3), SharePoint(date(2025, 2, 1), 50, 5)]))
    drawn = {trace.name: trace for trace in chart.data}
    assert list(drawn["share"].y) == [0.1]


def test_the_evidence_is_said_in_one_of_four_words():
    rows = [defect(), defect(q_value=0.5), defect(provisional=True), defect(not_separable=True)]
    assert [row.evidence for row in rows] == list(Evidence)
