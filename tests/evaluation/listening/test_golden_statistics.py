"""What statsmodels, krippendorff and choix say of small tables (tests/golden/listening), we say too."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from symmv_tools.evaluation.listening.agreement import Level, fleiss_kappa, krippendorff_alpha
from symmv_tools.evaluation.listening.bradley_terry import bradley_terry
from symmv_tools.evaluation.listening.ratings import mean_rating
from symmv_tools.evaluation.shares import wilson

pytestmark = pytest.mark.quick

GOLDEN: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "golden" / "listening" / "listening.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", GOLDEN["wilson"])
def test_wilson_is_statsmodels(case: dict[str, Any]) -> None:
    assert wilson(case["wins"] / case["n"], case["n"]) == pytest.approx(case["interval"], abs=1e-12)


@pytest.mark.parametrize("case", GOLDEN["mean"])
def test_means_of_ratings_are_statsmodels(case: dict[str, Any]) -> None:
    found = mean_rating(np.array(case["ratings"], float))
    assert [found.mean, found.sd, found.n] == pytest.approx([case["mean"], case["sd"], len(case["ratings"])])
    assert found.interval == pytest.approx(case["interval"])


@pytest.mark.parametrize("case", GOLDEN["kappa"])
def test_kappa_is_statsmodels(case: dict[str, Any]) -> None:
    assert fleiss_kappa(np.array(case["counts"], float)).value == pytest.approx(case["kappa"])


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("case", GOLDEN["alpha"])
def test_alpha_is_that_of_krippendorff(case: dict[str, Any], level: Level) -> None:
    ratings = np.array(case["ratings"], float)
    assert krippendorff_alpha(ratings, level).value == pytest.approx(case[level])


@pytest.mark.parametrize("case", GOLDEN["bradley_terry"])
def test_strengths_are_choix_and_their_errors_those_of_a_logit(case: dict[str, Any]) -> None:
    wins = np.array(case["wins"], float)
    names = [f"system {i}" for i in range(len(wins))]
    found = bradley_terry(names, wins)
    np.testing.assert_allclose(found.strength, case["strength"], atol=1e-6)
    np.testing.assert_allclose(found.strength[:-1] - found.strength[-1], case["beyond_last"], atol=1e-6)
    error = np.sqrt(np.diagonal(case["covariance"]))
    for name, strength, own in zip(names, case["beyond_last"], error, strict=False):
        ends = [expit(strength + sign * 1.959963984540054 * own) for sign in (-1, 1)]
        assert found.preferred(name, names[-1]).interval == pytest.approx(ends, abs=1e-6)
