"""What `key_changes` has learned: log odds of a key per share of each degree above its tonic.

Written by `python -m symmv_tools.training.keys PATH_TO_POP909`, from songs 001-700.
"""

import numpy as np

# fmt: off
# (major and minor, 3 roles, 12 degrees)
WEIGHTS = np.array([
    [  # major
        [19.3, -13.7, 9.4, -13.6, 18.7, 5.4, -14.5, 22.3, -13.2, -0.3, -16.2, -3.7],  # sounds
        [0.2, -0.4, -2.1, -0.7, 0.2, 2.5, -0.6, 0.8, 1.0, 1.1, -2.0, 0.1],  # lies lowest
        [4.7, -0.7, 0.6, 0.0, 1.9, -1.3, -1.6, 2.3, -0.3, -2.7, -2.7, -0.5],  # lies highest
    ],
    [  # minor
        [18.2, -15.5, 7.8, 14.6, -11.5, 8.3, -11.7, 18.2, -4.4, -15.7, -1.2, -6.9],  # sounds
        [0.4, -2.1, -2.3, -2.2, 3.4, -2.1, 0.7, -2.5, 2.9, -0.6, 1.8, 2.7],  # lies lowest
        [0.1, -0.5, -2.1, 0.4, 2.0, -1.3, 2.1, 0.0, 0.3, -4.0, -1.6, 4.7],  # lies highest
    ],
])
# fmt: on

MINOR = 4.25  # what a minor key has ahead
