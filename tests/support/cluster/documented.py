"""The commands of the documentation that ask a cluster."""

from __future__ import annotations

import re

from tests.support.cases import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")])
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"(?:^|[|&] )kubectl ")


def documented_commands() -> dict[str, list[str]]:
    """Returns every command line with kubectl in it, whole lines of code and what stands between backticks, with the
    pages that have it."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        for line in _lines(page.read_text()):
            if _CALL.search(line):
                found.setdefault(line, []).append(page.relative_to(ROOT).as_posix())
    return found


def fence(page: str, number: int) -> str:
    """Returns the code of a page that stands in its n-th fence, counted from 0."""
    return _FENCE.findall((ROOT / page).read_text())[number][1]


def _lines(text: str) -> list[str]:
    code = [line for language, code in _FENCE.findall(text) for line in code.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`(kubectl [^`]*)`", _FENCE.sub("", text))
    lines = (re.sub(r" +# .*", "", line.strip().removeprefix("$ ")) for line in code)
    return [*lines, *(" ".join(span.split()) for span in spans)]
