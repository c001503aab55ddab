"""Choosing among candidates: the likeliest page that the ear confirms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symmv_tools.errors import BadMedium
from symmv_tools.io.web.entry import Entry
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.song import printable
from symmv_tools.sources.candidates import Candidate
from symmv_tools.stage import Rejected


@dataclass(frozen=True)
class Verdict:
    """A candidate, what became of it in words, and its match score if it was listened to."""

    candidate: Candidate
    said: str
    score: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for the table of searches."""
        entry = self.candidate.entry
        return {
            "url": entry.url,
            "title": entry.title,
            "channel": entry.channel,
            "page_score": round(self.candidate.score, 3),
            "kind": self.candidate.kind,
            "match_score": None if self.score is None else round(self.score, 3),
            "verdict": self.said,
        }


@dataclass(frozen=True)
class Choice:
    """What a search came to: the verdicts in the order in which they fell, and the one taken, if any."""

    verdicts: list[Verdict]
    taken: Verdict | None = None


def choose(
    ranked: Sequence[Candidate],
    listen: Callable[[Entry], float],
    *,
    threshold: float,
    most: int,
    accepted: frozenset[str] = frozenset(),
) -> Choice:
    """Listen to at most `most` candidates, the likeliest first, and take the first that matches.

    `listen` gives the match score of a candidate, 0 to 1.

    Candidates of a kind that is not `accepted` are passed over unheard. One that is gone for good is
    passed over too; one in passing trouble raises WebTrouble, for a better candidate may come back
    and taking a lesser one now would be final.
    """
    verdicts: list[Verdict] = []
    for candidate in ranked:
        if candidate.kind is not None and candidate.kind not in accepted:
            verdicts.append(Verdict(candidate, f"is no official video: {candidate.kind}"))
            continue
        if sum(verdict.score is not None for verdict in verdicts) >= most:
            verdicts.append(Verdict(candidate, "was not listened to"))
            continue
        try:
            score = listen(candidate.entry)
        except (BadMedium, WebTrouble) as why:
            if isinstance(why, WebTrouble) and why.kind != "permanent":
                raise
            verdicts.append(Verdict(candidate, f"cannot be had: {why.message}"))
            continue
        if score >= threshold:
            taken = Verdict(candidate, "is taken", score)
            return Choice([*verdicts, taken], taken)
        verdicts.append(Verdict(candidate, "is other music", score))
    return Choice(verdicts)


def rejection(verdicts: Sequence[Verdict], threshold: float) -> Rejected:
    """Say why none of the candidates is the video of the song."""
    heard = [verdict for verdict in verdicts if verdict.score is not None]
    if not verdicts:
        return Rejected("NO_CANDIDATE", "the search found no video at all")
    if not heard:
        names = "; ".join(f"{_name(verdict)} {verdict.said}" for verdict in verdicts[:3])
        return Rejected("NO_CANDIDATE", f"of {len(verdicts)} videos found none can be it: {names}")
    best = max(heard, key=lambda verdict: verdict.score or 0.0)
    return Rejected(
        "NOT_THE_SAME_MUSIC",
        f"of {len(heard)} videos heard none is the same song: the best, {_name(best)}, "
        f"matches by {best.score:.2f}, under the threshold of {threshold:.2f}",
    )


def _name(verdict: Verdict) -> str:
    return repr(printable(verdict.candidate.entry.title or verdict.candidate.entry.url, 60))
