from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import captioner
from symmv_tools.models.captioner import describe
from tests import tiny_models
from tests.tiny_models import pictures

FAMILIES = {"blip": tiny_models.blip, "git": tiny_models.git, "llava": tiny_models.llava}
every_family = pytest.mark.parametrize("family", FAMILIES)
Folders = dict[str, Path]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    place = tmp_path_factory.mktemp("models")
    return {name: save(place / name) for name, save in FAMILIES.items()}


def direct_blip(folder: Path, frame: NDArray[np.uint8], prompt: str | None = None) -> str:
    """What the documentation of transformers says to do."""
    from transformers import BlipForConditionalGeneration, BlipProcessor

    model: Any = BlipForConditionalGeneration.from_pretrained(folder)
    processor: Any = BlipProcessor.from_pretrained(folder, backend="pil")
    inputs = processor(images=Image.fromarray(frame), text=prompt, return_tensors="pt")
    with torch.no_grad():
        tokens = model.generate(**inputs, max_new_tokens=8, num_beams=3)
    said: str = processor.decode(tokens[0], skip_special_tokens=True)
    return said


def direct_llava(folder: Path, frame: NDArray[np.uint8], question: str) -> str:
    from transformers import LlavaForConditionalGeneration, LlavaProcessor

    model: Any = LlavaForConditionalGeneration.from_pretrained(folder)
    processor: Any = LlavaProcessor.from_pretrained(folder, backend="pil")
    inputs = processor(images=Image.fromarray(frame), text=f"<image> {question} ", return_tensors="pt")
    with torch.no_grad():
        tokens = model.generate(**inputs, max_new_tokens=8, num_beams=3)
    said: str = processor.decode(tokens[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return said


def test_blip_says_what_it_says_to_a_direct_call(folders: Folders) -> None:
    frames = pictures(4)
    ours = describe(frames, captioner.load(str(folders["blip"]), "cpu", max_tokens=8))
    assert ours == [[direct_blip(folders["blip"], frame)] for frame in frames]
    assert len({said for (said,) in ours}) > 1, "the pictures differ, so must the sentences"


def test_blip_continues_a_prompt_which_is_no_part_of_what_it_says(folders: Folders) -> None:
    frames = pictures(4)
    ours = describe(frames, captioner.load(str(folders["blip"]), "cpu", max_tokens=8, prompt="ab ec"))
    direct = [direct_blip(folders["blip"], frame, "ab ec") for frame in frames]
    assert [said for (said,) in ours] == [said.removeprefix("ab ec").strip() for said in direct]


def test_a_network_that_chats_is_asked_by_its_own_template(folders: Folders) -> None:
    frames = pictures(3)
    ours = describe(frames, captioner.load(str(folders["llava"]), "cpu", max_tokens=8, prompt="ab ec"))
    assert ours == [[direct_llava(folders["llava"], frame, "ab ec")] for frame in frames]


@every_family
@pytest.mark.parametrize("sentences", [1, 3])
def test_a_picture_is_described_alone_as_in_company(folders: Folders, family: str, sentences: int) -> None:
    network = captioner.load(str(folders[family]), "cpu", max_tokens=8, sentences=sentences)
    frames = pictures(5)
    together = describe(frames, network)
    assert together == [describe([frame], network)[0] for frame in frames]
    assert together[::-1] == describe(frames[::-1], network)
    assert {len(said) for said in together} == {sentences}


def test_several_sentences_differ_and_leave_the_dice_alone(folders: Folders) -> None:
    network = captioner.load(str(folders["blip"]), "cpu", max_tokens=8, sentences=10)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    (said,) = describe(pictures(1), network)
    assert torch.equal(torch.rand(1), expected)
    assert len(set(said)) > 5


@pytest.mark.parametrize(("height", "width"), [(40, 64), (64, 40), (3, 3), (1, 90)])
def test_pictures_of_any_shape_are_described(folders: Folders, height: int, width: int) -> None:
    network = captioner.load(str(folders["blip"]), "cpu", max_tokens=4)
    assert len(describe(pictures(2, height, width), network)) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  a\n\tdog \x0b runs ", "a dog runs"),
        ("<script>alert('x')</script>", "<script>alert('x')</script>"),
        ("'; DROP TABLE songs; --", "'; DROP TABLE songs; --"),
        ("", ""),
    ],
)
def test_a_sentence_is_one_line_and_stays_text(text: str, sentence: str) -> None:
    assert captioner._sentence(text, "") == sentence


def test_a_network_without_words_is_no_captioner(tmp_path: Path) -> None:
    with pytest.raises(MissingCheckpoint, match=r"captioned|can use"):
        captioner.load(str(tiny_models.dinov2(tmp_path / "dinov2")), "cpu")
