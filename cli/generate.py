"""`symmv generate`: music for a video, from the runs that `symmv train` made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from symmv_tools.cli.options import Gpu, Json
from symmv_tools.cli.talk import emit_json, say

if TYPE_CHECKING:
    from symmv_tools.generate.compose import Given, Piece
    from symmv_tools.generate.film import Film
    from symmv_tools.generate.plan import Wishes
    from symmv_tools.models.vmusprod.sampling import Choice


def generate(
    model: Annotated[
        list[Path],
        typer.Option(
            "--model",
            help="A folder that holds the runs chord/, melody/ and accompaniment/; or each run by itself, "
            "one --model after the other. Or one run of diffbgm.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Where to: .mid, .wav, or .mp4, .mov, .mkv for the video with the music as its only sound.",
        ),
    ],
    video: Annotated[Path | None, typer.Option("--video", help="The video to make music for.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Without a video: how long the music is.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same music.")] = 0,
    variants: Annotated[
        int,
        typer.Option(
            "--variants",
            help="Pieces to write; the likeliest goes to --out, the next to OUT-2, and so on.",
        ),
    ] = 1,
    tempo: Annotated[
        float | None,
        typer.Option(
            "--tempo",
            help="Beats per minute, 30 to 240.",
            show_default="from the video's motion, fitted to whole bars",
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", help="Only notes and chords of this key, e.g. A:minor.", show_default="any"),
    ] = None,
    beats: Annotated[int, typer.Option("--beats", help="Beats in a bar, 1 to 6.")] = 4,
    chords: Annotated[
        Path | None, typer.Option("--chords", help="A .lab file of chords to take instead of new ones.")
    ] = None,
    melody: Annotated[
        Path | None, typer.Option("--melody", help="A MIDI file whose notes are the melody.")
    ] = None,
    temperature: Annotated[
        list[str] | None,
        typer.Option(
            "--temperature",
            help="0 takes the likeliest, above 1 is wilder; for one attribute: pitch=0.9.",
            show_default="1",
        ),
    ] = None,
    top_p: Annotated[
        list[str] | None,
        typer.Option(
            "--top-p",
            help="Draw among the likeliest that have this probability together; for one attribute: root=0.8.",
            show_default="0.95",
        ),
    ] = None,
    vision: Annotated[
        str, typer.Option("--vision", help="The network that saw the videos of the training, if one did.")
    ] = "",
    captioner: Annotated[
        str, typer.Option("--captioner", help="Of diffbgm: the network that described them, if one did.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="Of diffbgm: the network that read the descriptions.")
    ] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Of diffbgm: how it paints; sampler (dpm-solver, ddim, ddpm), steps, guidance, "
            "overlap_bars, rounds, t0 or window, e.g. steps=50.",
        ),
    ] = None,
    merged: Annotated[bool, typer.Option("--merged", help="All notes on one track, for metrics.")] = False,
    soundfont: Annotated[
        str | None, typer.Option("--soundfont", help="An sf2 file.", show_default="TimGM6mb, a piano")
    ] = None,
    gpu: Gpu = None,
    as_json: Json = False,
) -> int:
    """Make music for a video, or of a length: MIDI, sound, or the video with the music.

    Example: `symmv generate --model runs --video in.mp4 --out out.mp4`

    The tempo follows the motion of the video, chords follow what it shows, melody follows the chords, and
    accompaniment both. Pieces are ranked by their mean log-likelihood. The pictures are not encoded again.

    Diff-BGM paints eight bars at a time out of noise, given the end of the eight before; it takes chords or a
    melody if it was trained with them, no key, no temperature, and does not rank.
    """
    from symmv_tools.generate.painter import is_painter
    from symmv_tools.generate.plan import Wishes

    drawn = {"--key": key, "--temperature": temperature, "--top-p": top_p}
    painted = {"--captioner": captioner, "--language": language, "--set": settings}
    is_painted = is_painter(model)
    _refuse(drawn if is_painted else painted, "Diff-BGM" if is_painted else "V-MusProd")
    wishes = Wishes(tempo, key, beats, variants, seed, _choices(temperature or [], top_p or []))
    outs = _outs(out, variants, video)
    given, source = _given(chords, melody), _Source(video, seconds, vision, captioner, language)
    if is_painted:
        pieces = _painted(model, source, wishes, given, settings or [], gpu)
    else:
        pieces = _drawn(model, source, wishes, given, gpu)
    for path, piece in zip(outs, pieces, strict=True):
        _write(path, piece.merged() if merged else piece, video, soundfont)
    if as_json:
        emit_json([_told(path, piece) for path, piece in zip(outs, pieces, strict=True)])
    return 0


class _Source(NamedTuple):
    """What the music is for, and the networks that look at it."""

    video: Path | None
    seconds: float | None
    vision: str
    captioner: str
    language: str

    def film(self, widths: dict[str, int], device: str) -> Film:
        """Watch the video, if there is one."""
        from symmv_tools.generate.film import Film, watch

        if self.video is None:
            return Film(self.seconds or 0.0, None, {})
        told = {"captioner": self.captioner, "language": self.language}
        return watch(self.video, widths, self.vision, device, **told)

    def check(self) -> None:
        """Raise BadCall unless it is a video or a length."""
        from symmv_tools.errors import BadCall

        if (self.video is None) == (self.seconds is None):
            raise BadCall(
                "music is made for a video or for a length", "say either --video FILE or --seconds N"
            )


def _refuse(options: dict[str, Any], system: str) -> None:
    from symmv_tools.errors import BadCall

    if meant := [name for name, value in options.items() if value]:
        raise BadCall(
            f"{system} knows nothing of {', '.join(meant)}", "leave it away, or name another --model"
        )


def _drawn(model: list[Path], source: _Source, wishes: Wishes, given: Given, gpu: int | None) -> list[Piece]:
    from symmv_tools.cli.progress import composing
    from symmv_tools.generate.compose import generate as compose
    from symmv_tools.generate.runs import read_band
    from symmv_tools.training.parallel import device_of

    source.check()
    band = read_band(model, device_of(gpu))
    film = source.film(band.widths, str(band.device))
    with composing() as heard:
        return compose(band, film, wishes, given, say=say, watch=heard)


def _painted(
    model: list[Path], source: _Source, wishes: Wishes, given: Given, brush: list[str], gpu: int | None
) -> list[Piece]:
    from symmv_tools.cli.progress import composing
    from symmv_tools.generate.paint import paint
    from symmv_tools.generate.painter import read_brush, read_painter
    from symmv_tools.training.parallel import device_of

    source.check()
    painter = read_painter(model, read_brush(brush), device_of(gpu))
    film = source.film(painter.seen, str(painter.device))
    with composing() as heard:
        return paint(painter, film, wishes, given, say=say, watch=heard)


def _outs(out: Path, variants: int, video: Path | None) -> list[Path]:
    """`out.mid`, `out-2.mid`, `out-3.mid`, …"""
    from symmv_tools.generate.writing import refuse_ending

    outs = [out, *(out.with_stem(f"{out.stem}-{number}") for number in range(2, variants + 1))]
    for path in outs:
        refuse_ending(path, video)
    return outs


def _given(chords: Path | None, melody: Path | None) -> Given:
    from symmv_tools.dataset.convert.labels import read_lab
    from symmv_tools.errors import BadCall
    from symmv_tools.generate.compose import Given
    from symmv_tools.io import midi
    from symmv_tools.music.tokens.harmony import classes_of

    try:
        group = None if chords is None else read_lab(chords)
        for label in {} if group is None else dict.fromkeys(group["value"]):
            classes_of(label)
    except (ValueError, OSError) as why:
        raise BadCall(
            f"{chords} has no chords that can be read: {why}", "its lines are: begin, end, C:maj"
        ) from why
    return Given(group, None if melody is None else midi.read(melody).notes)


def _choices(temperatures: list[str], top_ps: list[str]) -> dict[str, Choice]:
    from symmv_tools.models.vmusprod.sampling import Choice
    from symmv_tools.music.tokens.vocabulary import ATTRIBUTES

    found = dict.fromkeys(ATTRIBUTES, Choice())
    for field, texts in (("temperature", temperatures), ("top_p", top_ps)):
        for text in sorted(texts, key=lambda text: "=" in text):  # first for all, then for one
            name, value = _number(text, "--" + field.replace("_", "-"))
            for each in ATTRIBUTES if name is None else (name,):
                found[each] = found.get(each, Choice())._replace(**{field: value})
    return found


def _number(text: str, option: str) -> tuple[str | None, float]:
    from symmv_tools.errors import BadCall

    name, equals, value = text.rpartition("=")
    try:
        return (name if equals else None), float(value)
    except ValueError as why:
        raise BadCall(f"{option} {text!r} is no number", f"say {option} 0.9 or {option} pitch=0.9") from why


def _write(path: Path, piece: Piece, video: Path | None, soundfont: str | None) -> None:
    from symmv_tools.generate.writing import write

    write(path, piece, video, soundfont)
    key = f", {piece.key}" if piece.key else ""
    likely = "" if piece.log_likelihood is None else f", {piece.log_likelihood:.3f} nats per event"
    say(f"{path}: {piece.seconds:.2f} s, {piece.tempo:.1f} BPM{key}, {len(piece.notes):,} notes{likely}")


def _told(path: Path, piece: Piece) -> dict[str, Any]:
    return {
        "out": str(path),
        "seconds": piece.seconds,
        "tempo": piece.tempo,
        "key": piece.key,
        "notes": len(piece.notes),
        "chords": list(piece.chords["value"]),
        "log_likelihood": piece.log_likelihood,
    }


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(generate)
