"""The file that says what gates answer in a simulation: by wave and gate, `fail`, or how long each waits.

canary: {prometheus: fail, observed: 2h}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from render.errors import InputError
from render.finding import Finding
from render.messages import FieldPath, did_you_mean, value_text
from render.operations.rollout.simulate import GateName, GateScript
from render.specs.duration import seconds
from render.specs.rollout.kinds import RevisionRollout
from render.yamlio.documents import parse
from render.yamlio.positions import locate

CODE = "MR340"
_DURATION = re.compile(r"(?=.)([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?")
_TIMED = ("soak", "window", "approval")


def parse_scripts(text: bytes, file: str, rollout: RevisionRollout) -> dict[GateName, GateScript]:
    """Returns what the file says of each gate, by the names of its wave and of its kind. `InputError` with all that is
    wrong in it, each with its line."""
    documents = parse(text, file)
    data: Any = documents[0].data if documents else {}
    findings = []
    for path, message in _mistakes(data, rollout):
        line, column = locate(text, documents[0].index, path)
        findings.append(Finding(CODE, message, file=file, line=line, column=column))
    if findings:
        raise InputError(findings)
    return {
        GateName(wave, gate): GateScript(fails=True) if said == "fail" else GateScript(wait=seconds(said))
        for wave, gates in data.items()
        for gate, said in gates.items()
    }


def _mistakes(data: Any, rollout: RevisionRollout) -> Iterator[tuple[FieldPath, str]]:
    if not isinstance(data, Mapping):
        yield (), "expected waves by name, each with what its gates answer"
        return
    waves = {wave.name: [gate.type for gate in wave.gates if gate.type not in _TIMED] for wave in rollout.waves}
    for wave, gates in data.items():
        if wave not in waves:
            yield (wave,), f"{rollout.name} has no wave of this name{did_you_mean(wave, waves)}"
        elif not isinstance(gates, Mapping):
            yield (wave,), "expected gates by name, such as {prometheus: fail}"
        else:
            yield from _wrong_answers(wave, gates, waves[wave])


def _wrong_answers(wave: str, gates: Mapping[str, Any], known: list[Any]) -> Iterator[tuple[FieldPath, str]]:
    for gate, said in gates.items():
        if gate in _TIMED:
            yield (wave, gate), f"{gate} answers by the calendar: leave it out"
        elif gate not in known:
            yield (wave, gate), f"wave {wave} has no such gate{did_you_mean(gate, known)}"
        elif said != "fail" and not (isinstance(said, str) and _DURATION.fullmatch(said)):
            yield (wave, gate), f"{value_text(said)} is neither fail nor a duration such as 2h"
