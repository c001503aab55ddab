"""`symmv parse-title`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def run(stdin: bytes) -> list[str]:
    command = [sys.executable, "-m", "symmv_tools.cli.main", "parse-title"]
    done = subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=50)
    return done.stdout.decode().splitlines()


def test_every_line_in_is_one_json_line_out() -> None:
    lines = run("Coldplay - Yellow (Piano Cover)\n\nYellow – Coldplay | Piano Tutorial + Sheets".encode())
    said = [json.loads(line)["hypotheses"] for line in lines]
    assert [{h[0]["artist"], h[0]["song"]} for h in said if h] == [{"Coldplay", "Yellow"}] * 2
    assert said[1] == []
    assert set(said[0][0]) == {"artist", "song", "confidence"}


def test_hostile_lines_cost_nobody_anything() -> None:
    """Bytes that are no UTF-8, escape sequences, C1 controls, bidi marks, NUL: the next title is read."""
    hostile = b"\xff\xfe - \x1b[31mred\x1b[0m \xc2\x9b1m \xe2\x80\xae (Cover)\x00"
    lines = run(hostile + b"\n" + b"x" * 100_000 + b"\r\n" + b"Coldplay - Fix You\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    best = json.loads(lines[2])["hypotheses"][0]
    assert (best["artist"], best["song"]) == ("Coldplay", "Fix You")


@pytest.mark.timeout(50)
def test_it_answers_before_the_next_line_comes() -> None:
    command = [sys.executable, "-m", "symmv_tools.cli.main", "parse-title"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for title in (b"Adele - Hello\n", b"Toto - Africa\n"):
            process.stdin.write(title)
            process.stdin.flush()
            assert b"hypotheses" in process.stdout.readline()
        process.stdin.close()
        assert process.wait() == 0
