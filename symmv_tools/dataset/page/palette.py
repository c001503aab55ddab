"""Colours of the pictures, chosen so that all kinds of colour vision tell them apart."""

from __future__ import annotations

INK = "#22262b"
FAINT = "#7b838d"
PAPER = "#fcfbf8"

# Vermilion and blue of Okabe and Ito (2008), "Color Universal Design".
MELODY = "#d55e00"
ACCOMPANIMENT = "#0072b2"

SHOTS = ("#33475b", "#6f8aa3")
NO_CHORD = "#eceae4"

CHORD_ROOTS = (
    "#f0aa9d",
    "#9ed9ff",
    "#d3bc7d",
    "#d9c5ff",
    "#96cea1",
    "#ffbacf",
    "#78cddc",
    "#fbc499",
    "#a8bcf5",
    "#c9da9b",
    "#deaad8",
    "#90e4d3",
)
"""One colour per pitch class from C: hues go round the circle of fifths in OKLCH (chroma 0.085),
so related chords look related, and lightness alternates between 0.80 and 0.86 for whom hue says little.
All are light enough for dark letters."""
