"""Weights of the piano and the speech score.

Written by `python -m tests.benchmarks.sound_kind --train` (which says on what); do not edit.
"""

# feature: its mean and deviation over the training recordings; its weight for piano, and for speech
WEIGHTS = {
    "growth_share": (0.1616, 0.0429, -0.620, -0.043),
    "hold_share": (0.1089, 0.0562, 0.138, -0.204),
    "attack_db": (33.6744, 8.2963, 0.012, 0.016),
    "release_db": (-20.2031, 5.2852, 0.456, -0.158),
    "decay_db": (-3.6827, 2.1023, 0.263, -0.317),
    "hiss": (-4.2527, 1.8699, -0.121, 0.215),
    "bright_db": (-29.0071, 9.4568, -0.232, -0.052),
    "burst": (-0.8749, 0.3088, 0.549, -0.743),
    "peak_share": (0.9025, 0.0695, 0.705, -0.101),
    "pitched_share": (0.8974, 0.1266, 0.177, -0.179),
    "wobble_cents": (3.6232, 4.5282, -0.580, 0.394),
    "glide_cents": (8.4532, 9.0280, -0.922, 0.833),
    "syllables": (-1.3989, 0.4502, -0.107, 0.550),
    "pauses": (0.1518, 0.1458, 0.049, 0.989),
    "alternation": (0.4391, 0.3040, -0.796, 0.493),
    "voicing_changes": (2.0921, 1.9835, -0.312, 0.325),
}

BIASES = {"piano": -1.524, "speech": -2.994}
