"""The commands of the documentation that ask a cluster, or what delivers to it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.support.cases import ROOT
from tests.support.cluster.peers import kubectl

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")])
CONTEXTS = ("prod-eu", "staging", "CLUSTER")  # of the commands
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def documented_commands(program: str = "kubectl", pages: Iterable[Path] = PAGES) -> dict[str, list[str]]:
    """Returns every command line with a program in it, whole lines of code and what stands between backticks, with the
    pages that have it."""
    found: dict[str, list[str]] = {}
    for page in pages:
        for line in _lines(page.read_text(), program):
            if re.search(rf"(?:^|[|&] ){program} ", line):
                found.setdefault(line, []).append(page.relative_to(ROOT).as_posix())
    return found


def fence(page: str, number: int) -> str:
    """Returns the code of a page that stands in its n-th fence, counted from 0."""
    return _FENCE.findall((ROOT / page).read_text())[number][1]


def with_contexts(kubeconfig: Path) -> dict[str, object]:
    """Returns a kubeconfig with contexts of the documentation's names beside its own, which lead to the same."""
    command = [kubectl(), "--kubeconfig", str(kubeconfig), "config", "view", "--minify", "--flatten", "-o", "json"]
    config = json.loads(subprocess.run([*command, "--raw"], check=True, capture_output=True, text=True).stdout)
    (context,) = config["contexts"]
    return {**config, "contexts": [context, *({**context, "name": name} for name in CONTEXTS)]}


def _lines(text: str, program: str) -> list[str]:
    code = [line for language, code in _FENCE.findall(text) for line in code.replace("\\\n", " ").splitlines()]
    spans = re.findall(rf"`({program} [^`]*)`", _FENCE.sub("", text))
    lines = (re.sub(r" +# .*", "", line.strip().removeprefix("$ ")) for line in code)
    return [*lines, *(" ".join(span.split()) for span in spans)]
