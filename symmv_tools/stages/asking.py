"""What stages that ask a service have in common: a trouble that lasts is not met again by every song."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from symmv_tools.stage import Failed, Item, Outcome


def ask_of_each(items: Sequence[Item], answer: Callable[[Item], Outcome]) -> Iterator[Outcome]:
    """Yield the answer for each song, or a failure that can be retried.

    Once the service cannot be reached, or wants no more of us, the rest fail in the same way without asking.
    """
    from symmv_tools.io.json_service import ServiceTrouble

    lasting: Failed | None = None
    for item in items:
        if lasting:
            yield lasting
            continue
        try:
            yield answer(item)
        except ServiceTrouble as why:
            trouble = Failed(why.code, f"{why}; {why.hint}", retryable=True)
            lasting = trouble if why.lasts else None
            yield trouble
