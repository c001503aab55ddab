"""What each quality metric is: its name, definition and source."""

from __future__ import annotations

from symmv_tools.evaluation.metric import Metric

_MUSPY = "MusPy 0.5.0"
_MUSDR = "MusDr; Wu & Yang, ISMIR 2020"
_DIFFBGM = "Diff-BGM's test.ipynb (c5a0e8a)"
_BARS = ("notes", "bars")

METRICS: tuple[Metric, ...] = (
    Metric(
        "sc_muspy",
        "SC",
        "share",
        "Largest share of notes that one of the 24 major and natural minor scales holds; drums left out.",
        f"{_MUSPY} `scale_consistency`; Mogren 2016",
    ),
    Metric(
        "pe_muspy",
        "PE",
        "bits",
        "Entropy of the 128 pitches, each note counting once however long it is; drums left out.",
        f"{_MUSPY} `pitch_entropy`",
    ),
    Metric(
        "pce_muspy",
        "PCE",
        "bits",
        "Entropy of the 12 pitch classes over the whole piece, each note counting once; drums left out.",
        f"{_MUSPY} `pitch_class_entropy`",
    ),
    Metric(
        "ebr_muspy",
        "EBR",
        "share",
        "Share of quarters in which no note, drums included, sounds; from 0 to the last note, pedal or other "
        "controller event; a note fills the quarter of its end even if it ends where that begins.",
        f"{_MUSPY} `empty_beat_rate`",
        ("notes", "quarters"),
    ),
    Metric(
        "ebr_notes",
        "EBR to the last note",
        "share",
        "As ebr_muspy, but the piece ends with its last note, whatever pedals do after it.",
        "ours",
        ("notes", "quarters"),
    ),
    Metric(
        "ioi_mgeval",
        "IOI",
        "s",
        "Mean difference of all sorted onsets, drums included, those of notes struck together (0) as well; "
        "so the time from first to last onset by the notes less one. Notes of zero length are left out, as "
        "pretty_midi does.",
        "mgeval `avg_IOI`; Yang & Lerch 2020",
    ),
    Metric(
        "ioi_distinct",
        "IOI of distinct onsets",
        "s",
        "As ioi_mgeval, but notes struck at exactly the same time are one onset.",
        "ours",
    ),
    Metric(
        "h1_musdr",
        "H1",
        "bits",
        "Mean entropy of the pitch classes of the notes that begin in one bar, on the nearest of 64 "
        "positions; bars without notes do not count.",
        f"{_MUSDR}, H with one bar",
        _BARS,
    ),
    Metric(
        "h4_musdr",
        "H4",
        "bits",
        "As h1_musdr, in windows of four bars that slide by one; a shorter piece is one window.",
        f"{_MUSDR}, H with four bars",
        _BARS,
    ),
    Metric(
        "gps64_musdr",
        "GPS, 64 positions",
        "share",
        "Mean over all pairs of bars of 1 - (positions at which one of the two has an onset) / 64, onsets on "
        "the nearest position; from the first bar to that of the last onset, empty ones included. MusDr "
        "draws 1,000 pairs where there are more; all pairs are its mean without the luck.",
        f"{_MUSDR}, GS",
        _BARS,
    ),
    Metric(
        "groove_muspy",
        "groove consistency",
        "share",
        "Mean over neighbouring bars of 1 - (ticks at which one of the two has an onset) / (ticks of a bar); "
        "drums included, up to the end that ebr_muspy takes. Depends on the file's ticks per quarter; 24 on "
        "annotated beats.",
        f"{_MUSPY} `groove_consistency` with bars of four quarters",
        _BARS,
    ),
    Metric(
        "pche8_diffbgm",
        "PCHE, 8 bars",
        "bits",
        "Mean of -sum p log2(p + 1e-6) over the pitch classes of windows of eight bars, side by side; the "
        "window of the last onset is dropped, windows without notes do not count (the notebook gives NaN).",
        _DIFFBGM,
        _BARS,
    ),
    Metric(
        "gps16_diffbgm",
        "GPS, 16 slots",
        "share",
        "As gps64_musdr with 16 slots: onsets on the nearest semiquaver or triplet quaver, as music21 rounds "
        "them, then cut down to a slot; the bar of the last onset is dropped. The notebook also strikes held "
        "notes again at bar lines and moves bars where music21 does; we do not.",
        _DIFFBGM,
        _BARS,
    ),
    Metric(
        "cpi3_musdr",
        "CPI",
        "share",
        "Distinct among all progressions of three chords, the very last not counted and three chords or "
        "fewer being 1, as in MusDr's code; equal neighbours are one chord, N and X are left out.",
        f"{_MUSDR}, CPI",
        ("chords",),
    ),
    Metric(
        "polyphony_muspy",
        "polyphony",
        "pitches",
        "Mean number of different pitches that sound, over the time in which any does; drums left out.",
        f"{_MUSPY} `polyphony`",
        ("notes", "quarters"),
    ),
    Metric(
        "polyphony_rate_muspy",
        "polyphony rate",
        "share",
        "Share of the time, up to the end that ebr_muspy takes, in which more than two pitches sound.",
        f"{_MUSPY} `polyphony_rate` with its threshold of 2",
        ("notes", "quarters"),
    ),
    Metric(
        "pitch_range_muspy",
        "pitch range",
        "semitones",
        "From the lowest to the highest pitch; drums left out.",
        f"{_MUSPY} `pitch_range`",
    ),
    Metric(
        "n_pitches_muspy",
        "pitches used",
        "pitches",
        "Number of different pitches; drums left out.",
        f"{_MUSPY} `n_pitches_used`",
    ),
    Metric(
        "n_pitch_classes_muspy",
        "pitch classes used",
        "classes",
        "Number of different pitch classes; drums left out.",
        f"{_MUSPY} `n_pitch_classes_used`",
    ),
    Metric(
        "notes_per_second",
        "note density",
        "notes/s",
        "Notes, drums included, by the seconds from the first onset to the end of the last note.",
        "ours",
    ),
    Metric(
        "notes_per_quarter",
        "note density in quarters",
        "notes/quarter",
        "Notes, drums included, by the quarters from the first onset to the end of the last note.",
        "ours",
        ("notes", "quarters"),
    ),
)
"""All metrics, in the order of tables."""
