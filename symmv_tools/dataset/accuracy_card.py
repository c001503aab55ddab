"""The card's section on measured accuracy: the figures that hold for this export, and which do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symmv_tools.dataset.accuracy import Accuracy, Figure
from symmv_tools.dataset.markdown import escaped, table
from symmv_tools.dataset.recipes import Recipe, makers


def accuracy_text(accuracy: Accuracy, recipes: Sequence[Recipe]) -> str:
    """Return the section for an export whose columns were made by `recipes`.

    A figure is printed only if its column was made here by what was measured, settings, versions and
    weights of all stages behind it included; of other columns a sentence says that it was left out.
    """
    holding = accuracy.holding(recipes)
    left_out = dict.fromkeys(
        f.column for f in accuracy.figures if f not in holding and makers(recipes, f.column)
    )
    parts = ["## Measured accuracy of these annotations", _what(accuracy)]
    parts += [_figures(accuracy, holding), _conventions(holding)] if holding else []
    parts += [_why_not(accuracy, column, makers(recipes, column)) for column in left_out]
    return "\n\n".join(parts)


def _what(accuracy: Accuracy) -> str:
    evaluated, reference = accuracy.evaluated.name, accuracy.reference.name
    songs = "1 song" if accuracy.songs == 1 else f"{accuracy.songs:,} songs"
    return (
        f"Measured on {escaped(accuracy.measured_at)} by `symmv eval annotations`, on {songs} of "
        f"{escaped(evaluated)} against {escaped(reference)}, which need not be songs of this data set. "
        "Scores lie between 0 and 1; intervals are 95 %, from resampling the songs."
    )


def _figures(accuracy: Accuracy, figures: Sequence[Figure]) -> str:
    rows = [
        (
            escaped(figure.title),
            f"{figure.mean:.3f}",
            "" if figure.interval is None else "{:.3f} to {:.3f}".format(*figure.interval),
            f"{figure.songs:,}",
            _made_by(accuracy.recipe(digest) for digest in figure.evaluated),
            _made_by(accuracy.recipe(digest) for digest in figure.reference) or "not stated",
        )
        for figure in figures
    ]
    return table(("score", "mean", "95 % interval", "songs", "of", "against"), rows)


def _conventions(figures: Sequence[Figure]) -> str:
    return "\n".join(f"* {escaped(figure.title)}: {escaped(figure.convention, 400)}." for figure in figures)


def _why_not(accuracy: Accuracy, column: str, here: Sequence[Recipe]) -> str:
    measured = dict.fromkeys(d for f in accuracy.figures if f.column == column for d in f.evaluated)
    there = _made_by((accuracy.recipe(digest) for digest in measured), with_sources=True)
    return (
        f"The figures of `{column}` are left out: they were measured on what "
        f"{there or 'an unknown maker'} made, and here it is {_made_by(here, with_sources=True)}, with other "
        "settings, versions, weights or sources."
    )


def _made_by(recipes: Iterable[Recipe], *, with_sources: bool = False) -> str:
    said = []
    for recipe in recipes:
        sources = f" (from {', '.join(recipe.reads)})" if with_sources and recipe.reads else ""
        said.append(escaped(f"{recipe.key} {recipe.version}{sources}"))
    return ", ".join(dict.fromkeys(said))
