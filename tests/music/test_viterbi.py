"""The best path through a table."""

import numpy as np

from symmv_tools.music.viterbi import viterbi


def test_viterbi_finds_the_best_of_all_paths() -> None:
    rng = np.random.default_rng(0)
    reward, transition = rng.normal(size=(5, 3)), rng.normal(size=(3, 3))
    paths = np.stack(np.meshgrid(*[range(3)] * 5, indexing="ij"), -1).reshape(-1, 5)
    totals = reward[np.arange(5), paths].sum(1) + transition[paths[:, :-1], paths[:, 1:]].sum(1)
    assert viterbi(reward, transition).tolist() == paths[totals.argmax()].tolist()
