"""What the plots compute before they draw."""

import numpy as np
import pytest

from symmv_tools.dataset.report.histogram import Histogram
from symmv_tools.dataset.report.plot import canvas, svg_of
from symmv_tools.dataset.report.plots import density, is_spread, plot_histogram

pytestmark = pytest.mark.quick


def test_a_density_is_one_in_all_and_peaks_where_the_numbers_are() -> None:
    tempi = Histogram(np.linspace(0, 400, 801))
    tempi.add(np.random.default_rng(0).normal(120, 5, 500))
    grid = np.linspace(0, 400, 4001)
    found = density(tempi, grid)
    assert found.sum() * 0.1 == pytest.approx(1.0, abs=1e-3)
    assert grid[found.argmax()] == pytest.approx(120, abs=2)


def test_a_density_of_equal_numbers_is_finite() -> None:
    tempi = Histogram(np.linspace(0, 400, 801))
    tempi.add([100.0] * 9)
    assert np.isfinite(density(tempi, np.linspace(40, 220, 361))).all()


def test_numbers_much_the_same_are_no_distribution() -> None:
    histogram = Histogram(np.arange(11.0))
    histogram.add([1, 1, 1, 1, 2, 2])
    assert not is_spread(histogram)
    histogram.add([3])
    assert is_spread(histogram)


def test_equal_plots_are_equal_bytes_and_others_share_no_ids() -> None:
    histogram = Histogram(np.arange(11.0))
    histogram.add([1, 2, 3, 4, 5])
    first, again = (plot_histogram(histogram, "a", "A", "things") for _ in range(2))
    assert first == again
    assert 'id="a-' in first.svg
    assert 'id="a-' not in plot_histogram(histogram, "b", "A", "things").svg


def test_what_a_plot_says_is_escaped_and_harmless() -> None:
    with canvas() as axes:
        axes.plot([0, 1], [0, 1])
        svg = svg_of(axes, "x", 'A "<b>" \\1', "\u202eback")
    assert 'aria-label="A &quot;&lt;b&gt;&quot; \\1. \N{REPLACEMENT CHARACTER}back"' in svg
