"""Write what statsmodels, krippendorff and choix say of small tables: the golden file of listening studies.

They are no dependencies of ours, so this runs in an environment of its own:

    python3.11 -m venv /tmp/listening
    /tmp/listening/bin/pip install statsmodels==0.15.0 krippendorff==0.9.0 choix==0.4.1
    /tmp/listening/bin/python tests/golden/listening/make_listening.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import choix
import krippendorff
import numpy as np
import statsmodels.api as sm
from statsmodels.stats.inter_rater import fleiss_kappa
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

FILE = Path(__file__).with_name("listening.json")


def main() -> None:
    """Write the file anew."""
    random = np.random.default_rng(7)
    document = {
        "wilson": [_wilson(wins, n) for wins, n in ((0, 20), (1, 1), (14, 18), (65, 100), (46, 46), (7, 9))],
        "mean": [_mean(random.integers(1, 6, size).tolist()) for size in (2, 18, 108)],
        "kappa": [_kappa(_counts(random, *panel)) for panel in ((2, 10, 2), (6, 15, 3), (14, 10, 4))],
        "alpha": [_alpha(_with_gaps(random, shape)) for shape in ((2, 12), (4, 9), (10, 30))],
        "bradley_terry": [_bradley_terry(random.integers(1, 12, (size, size))) for size in (2, 3, 6)],
    }
    lines = [
        f' "{name}": [\n  ' + ",\n  ".join(map(json.dumps, each)) + "\n ]" for name, each in document.items()
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


def _wilson(wins: int, n: int) -> dict[str, Any]:
    return {"wins": wins, "n": n, "interval": _floats(proportion_confint(wins, n, method="wilson"))}


def _mean(ratings: list[int]) -> dict[str, Any]:
    described = DescrStatsW(ratings, ddof=1)
    interval = _floats(described.tconfint_mean())
    return {
        "ratings": ratings,
        "mean": float(described.mean),
        "sd": float(described.std),
        "interval": interval,
    }


def _counts(random: np.random.Generator, raters: int, items: int, categories: int) -> list[list[int]]:
    """Return raters who lean another way on every item."""
    shares = random.dirichlet(np.ones(categories), items)
    return [random.multinomial(raters, share).tolist() for share in shares]


def _kappa(counts: list[list[int]]) -> dict[str, Any]:
    return {"counts": counts, "kappa": float(fleiss_kappa(counts))}


def _with_gaps(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Return raters who lean the same way on an item, and leave out a fifth."""
    said = np.clip(np.round(random.normal(3, 1, shape[1]) + random.normal(0, 0.8, shape)), 1, 5)
    return np.where(random.uniform(size=shape) < 0.2, np.nan, said)


def _alpha(ratings: np.ndarray[Any, Any]) -> dict[str, Any]:
    listed = [[None if np.isnan(one) else float(one) for one in row] for row in ratings]
    alphas = {
        level: float(krippendorff.alpha(reliability_data=ratings, level_of_measurement=level))
        for level in ("nominal", "ordinal", "interval")
    }
    return {"ratings": listed} | alphas


def _bradley_terry(wins: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return choix's strengths, and by statsmodels' logit those beyond the last and their covariance."""
    np.fill_diagonal(wins, 0)
    size = len(wins)
    pairs = [(i, j) for i in range(size) for j in range(i + 1, size)]
    design = np.array([np.eye(size)[i] - np.eye(size)[j] for i, j in pairs])[:, :-1]
    counts = np.array([(wins[i, j], wins[j, i]) for i, j in pairs])
    logit = sm.GLM(counts, design, family=sm.families.Binomial()).fit(tol=1e-14)
    data = [(i, j) for i in range(size) for j in range(size) for _ in range(wins[i, j])]
    strength = choix.opt_pairwise(size, data, alpha=0.0, method="Newton-CG", tol=1e-14)
    return {
        "wins": wins.tolist(),
        "strength": _floats(strength - strength.mean()),
        "beyond_last": _floats(logit.params),
        "covariance": [_floats(row) for row in logit.cov_params()],
    }


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values]


if __name__ == "__main__":
    main()
