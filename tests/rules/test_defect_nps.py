"""NPS against published and R figures (arXiv:1601.07235 and its code brendan-r/NPS@cd9473e; CRAN NPS; R survey 4.1.1)."""

import numpy as np
import pytest

from feedback.defects.rules.nps import (
    VALUES,
    Bands,
    adjusted_wald,
    bands,
    clustered,
    difference,
    effective_n,
    nps,
    variance,
    wald,
    weighted,
)

# (detractors, passives, promoters), NPS, variance, SE, adjusted Wald (3, T): R, vectors nps.ci.cases.* and nps.testdata.*
CASES = [
    ((1, 2, 3), 0.333333333333333, 0.555555555555555, 0.304290309725092, (-0.267432587941045, 0.71187703238549)),
    ((0, 0, 3), 1, 0, 0, (-0.0657928670380857, 1)),  # R prints 1.0658: an NPS ends at 1
    ((0, 5, 0), 0, 0, 0, (-0.300056979772207, 0.300056979772207)),
    ((0, 2, 8), 0.8, 0.16, 0.126491106406735, (0.292838700800812, 0.937930529968419)),
    ((5, 0, 5), 0, 1, 0.316227766016838, (-0.511273942238141, 0.511273942238141)),
    ((10, 10, 20), 0.25, 0.6875, 0.131101106021269, (-0.013637717553129, 0.478753996622896)),
    ((16, 62, 8), -0.0930232558139535, 0.270416441319632, 0.0560747467640014, (-0.199514408857794, 0.0197391279589176)),
    ((75, 675, 250), 0.175, 0.294375, 0.0171573599367735, (0.140858830610971, 0.208094309967294)),
    ((99, 50, 110), 0.0424710424710425, 0.80514601750123, 0.0557554650437437, (-0.066431898875899, 0.150401364524754)),
    ((362, 176, 462), 0.1, 0.814, 0.0285306852353742, (0.0438966692503208, 0.155505125365831)),
]


@pytest.mark.parametrize(("counts", "value", "spread", "error", "interval"), CASES)
def test_nps_and_its_interval(counts, value, spread, error, interval) -> None:
    found = Bands(*counts)
    assert nps(found) == pytest.approx(value, abs=1e-12)
    assert variance(found) == pytest.approx(spread, abs=1e-12)
    assert wald(found).error == pytest.approx(error, abs=1e-12)
    assert adjusted_wald(found) == pytest.approx(interval, abs=2e-6)


@pytest.mark.parametrize(
    ("first", "second", "delta", "error", "interval", "p"),
    [  # vectors nps.test2.*, brendan-r/NPS; the vectors give |difference|
        ((2, 3, 5), (5, 3, 2), 0.461538461538462, 0.303971586722872, (-0.13423490076186, 1.05731182383878), 0.128923534421157),
        ((0, 2, 8), (3, 4, 3), 0.615384615384615, 0.267322059126071, (0.0914430072244287, 1.1393262235448), 0.0213332239915109),
        ((184, 83, 240), (99, 50, 110), 0.0678191887442, 0.0683526633790129, (-0.06614957, 0.20178795), 0.321102283358684),
        ((42, 23, 74), (99, 50, 110), 0.183367379851629, 0.092354774226712, (0.00235535, 0.36437941), 0.0470925100282085),
    ],
)
def test_difference_of_two_groups(first, second, delta, error, interval, p) -> None:
    found = difference(Bands(*second), Bands(*first))
    assert (found.value, found.error, found.p_value) == pytest.approx((delta, error, p), abs=1e-6)
    assert (found.ci_low, found.ci_high) == pytest.approx(interval, abs=1e-6)


def test_no_answers_have_no_nps() -> None:
    assert nps(Bands(0, 0, 0)) is None


def test_bands_of_a_histogram() -> None:
    # 1,000 answers of CRAN NPS testdata, vector nps.survey.srs
    assert bands(np.array([74, 10, 22, 35, 40, 140, 41, 57, 119, 227, 235])) == (362, 176, 462)


# vector nps.survey.cluster: detractors, passives, promoters of the 26 accounts of CRAN NPS testdata
ACCOUNTS = np.array(
    [
        *[(20, 7, 26), (13, 12, 27), (25, 17, 43), (31, 5, 27), (17, 9, 16), (4, 1, 8), (22, 10, 18), (2, 4, 3), (6, 3, 4)],
        *[(5, 2, 10), (14, 8, 12), (23, 10, 26), (18, 11, 34), (4, 2, 9), (20, 8, 14), (16, 10, 24), (24, 20, 27), (5, 0, 7)],
        *[(17, 7, 31), (10, 2, 15), (11, 9, 16), (8, 0, 7), (1, 0, 1), (12, 7, 18), (14, 3, 10), (20, 9, 29)],
    ],
    dtype=float,
)


def test_error_clustered_by_account() -> None:
    found = clustered(ACCOUNTS[:, 2] - ACCOUNTS[:, 0], ACCOUNTS.sum(axis=1))
    assert found == pytest.approx((0.1, 0.0294156420973604), abs=1e-9)  # survey::svydesign(id=~Account)


def test_clusters_of_one_answer_are_a_simple_sample() -> None:
    v = np.repeat([-1.0, 0.0, 1.0], [362, 176, 462])
    assert clustered(v, np.ones(1000)) == pytest.approx((0.1, 0.0285449612859224), abs=1e-9)  # survey: √(V / (n − 1))


def test_weighted_answers() -> None:
    # vector nps.survey.weighted: (D, Pa, P) and weight of NAM, EMEA, APAC, LATAM
    regions = {1.0: (184, 83, 240), 2.0: (99, 50, 110), 3.0: (42, 23, 74), 4.0: (37, 20, 38)}
    v = np.concatenate([np.repeat([-1.0, 0.0, 1.0], counts) for counts in regions.values()])
    weights = np.repeat(list(regions), [sum(counts) for counts in regions.values()])
    assert weighted(v, weights) == pytest.approx((0.0976948408342481, 0.0323294253473906), abs=1e-6)
    assert effective_n(weights) == pytest.approx(769.514140009272, abs=1e-6)


def test_values_follow_the_bands() -> None:
    assert VALUES.tolist() == [-1, -1, -1, -1, -1, -1, -1, 0, 0, 1, 1]
