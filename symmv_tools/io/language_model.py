"""A language model asked for one answer: through an OpenAI-compatible service, or a command of the user's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from symmv_tools.io.json_service import Service, ServiceTrouble
from symmv_tools.song import printable

Ask = Callable[[str], str]
"""A prompt in, the model's words out; raises ServiceTrouble if there are none."""


def over_http(endpoint: str, model: str, key: str | None, service: Service) -> Ask:
    """Ask `model` at `endpoint` (as in `http://127.0.0.1:11434/v1`) at temperature 0; `key` may be None."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = endpoint.rstrip("/") + "/chat/completions"

    def ask(prompt: str) -> str:
        messages = [{"role": "user", "content": prompt}]
        body = {"model": model, "temperature": 0, "messages": messages}
        return _content(service.ask(url, headers=headers, body=body), service.name)

    return ask


def _content(answer: Any, name: str) -> str:
    try:
        said = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        said = None
    if isinstance(said, str):
        return said
    found = "404: no such address, or no such model" if answer is None else printable(str(answer))
    raise ServiceTrouble("GARBAGE", f"{name} gave no answer: {found}", "check style.endpoint and style.model")


def by_command(command: Sequence[str], timeout_seconds: float, service: Service) -> Ask:
    """Ask a program: the prompt on its stdin, the answer on its stdout. No shell is involved.

    `service` spaces the calls. Whatever the program has started is killed with it when its time is over.
    """

    def ask(prompt: str) -> str:
        service.wait()
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as why:
            raise ServiceTrouble("UNREACHABLE", f"cannot start {command[0]!r}: {why.strerror}") from why
        out, complaint = _communicate(process, prompt, timeout_seconds)
        if process.returncode:
            said = printable(complaint.decode("utf-8", "replace").strip())
            message = f"{command[0]!r} ended with status {process.returncode}: {said}"
            raise ServiceTrouble("BROKEN", message, "`symmv retry` asks again")
        return out.decode("utf-8", "replace")

    return ask


def _communicate(process: subprocess.Popen[bytes], prompt: str, timeout: float) -> tuple[bytes, bytes]:
    with process:
        try:
            return process.communicate(prompt.encode("utf-8", "replace"), timeout)
        except subprocess.TimeoutExpired as why:
            os.killpg(process.pid, signal.SIGKILL)
            message = f"the command gave no answer within {timeout:g} s"
            raise ServiceTrouble("UNREACHABLE", message, "raise style.timeout_seconds") from why


def is_program(command: Sequence[str]) -> bool:
    """Whether the first word of a command is a program that can be started."""
    return bool(command) and shutil.which(command[0]) is not None
