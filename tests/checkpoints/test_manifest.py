from __future__ import annotations

import re

import pytest

from symmv_tools import checkpoints
from symmv_tools.checkpoints import hub
from symmv_tools.checkpoints.manifest import parse
from symmv_tools.errors import MissingCheckpoint


def test_every_entry_says_whose_it_is_and_what_it_must_contain() -> None:
    for name in checkpoints.names():
        entry = checkpoints.entry(name)
        assert entry.about
        assert entry.licence
        assert entry.source.startswith("https://")
        assert entry.size > 0
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in entry.files.values())


def test_what_can_be_downloaded_is_one_file() -> None:
    assert all(len(checkpoints.entry(n).files) == 1 for n in checkpoints.names() if checkpoints.entry(n).url)


def test_what_cannot_be_downloaded_comes_with_a_package() -> None:
    entries = [checkpoints.entry(name) for name in checkpoints.names()]
    assert all(
        any(p.startswith("package:") for p in e.places) for e in entries if e.url is None and e.hub is None
    )


def test_what_comes_from_the_hub_is_pinned_to_a_commit_and_small_files_come_along() -> None:
    entries = [checkpoints.entry(name) for name in checkpoints.names()]
    of_the_hub = [entry for entry in entries if entry.hub is not None]
    assert of_the_hub
    for entry in of_the_hub:
        assert hub.parse(entry.hub or "") is not None
        assert entry.url is None
        assert "config.json" in entry.files


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(MissingCheckpoint, match="'transkun'") as caught:
        checkpoints.entry("transkun")
    assert "transkun-2.0" in caught.value.hint


def test_a_digest_over_several_files_does_not_depend_on_their_order() -> None:
    head = '[x]\nabout="a"\nlicence="l"\nsource="s"\nsize=2\n[x.files]\n'
    one = parse(head + 'a = "00"\nb = "11"')["x"].sha256
    other = parse(head + 'b = "11"\na = "00"')["x"].sha256
    swapped = parse(head + 'a = "11"\nb = "00"')["x"].sha256
    assert one == other != swapped


def test_the_digest_of_one_file_is_its_own() -> None:
    name = "basic-pitch-icassp-2022"
    assert checkpoints.declared_sha256(name) == next(iter(checkpoints.entry(name).files.values()))
