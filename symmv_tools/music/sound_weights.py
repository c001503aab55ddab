"""Weights of the piano and the speech score.

Written by `python -m tests.benchmarks.sound_kind --train` (which says on what); do not edit.
"""

# feature: its mean and deviation over the training recordings; its weight for piano, and for speech
WEIGHTS = {
    "growth_share": (0.1631, 0.0416, -0.869, 0.007),
    "hold_share": (0.1103, 0.0566, 0.214, -0.177),
    "attack_db": (33.1046, 8.5709, -0.031, -0.067),
    "release_db": (-20.3633, 6.0538, 0.771, -0.297),
    "decay_db": (-3.7104, 2.2718, 0.319, -0.262),
    "hiss": (-4.0980, 1.7880, 0.056, 0.043),
    "bright_db": (-29.3332, 9.8343, -0.139, -0.046),
    "burst": (-0.9470, 0.3147, 0.583, -0.505),
    "peak_share": (0.8959, 0.0728, 0.608, -0.169),
    "pitched_share": (0.8871, 0.1378, 0.197, -0.297),
    "wobble_cents": (3.8263, 4.6052, -0.341, 0.473),
    "glide_cents": (8.8452, 9.0298, -0.818, 0.865),
    "syllables": (-1.4067, 0.4453, -0.126, 0.454),
    "pauses": (0.1531, 0.1557, 0.031, 1.210),
    "alternation": (0.4611, 0.3344, -1.048, 0.209),
    "voicing_changes": (2.0948, 2.0710, -0.349, 0.417),
}

BIASES = {"piano": -1.592, "speech": -2.668}
