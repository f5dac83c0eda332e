"""What in a chart would render other objects each time: chance, clocks, names looked up, keys made anew.

A tree is a function of its specs, so such a chart is refused, with the place. Looked for are the functions' names in
the template actions of every file: also text from `.Files` and from values can be run, by `tpl`.
Source: Helm's and Sprig's lists of functions (https://helm.sh/docs/chart_template_guide/function_list/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from render.charts.chart import Chart
from render.errors import InputError
from render.finding import Finding

CHANCE = frozenset(
    ("randAlpha", "randAlphaNum", "randAscii", "randBytes", "randInt", "randNumeric", "shuffle", "uuidv4")
)
KEYS = frozenset(
    (
        *("genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert"),
        *("genSignedCertWithKey", "htpasswd", "bcrypt", "encryptAES"),
    )
)
# Those that print a time print it in the machine's zone.
CLOCK = frozenset(
    (
        *("now", "ago", "date", "dateInZone", "date_in_zone", "dateModify", "date_modify", "durationRound", "htmlDate"),
        *("htmlDateInZone", "mustDateModify", "must_date_modify", "mustToDate", "toDate", "unixEpoch"),
    )
)
NETWORK = frozenset(("getHostByName",))
_WHY = {
    **dict.fromkeys(CHANCE, "gives something else each time"),
    **dict.fromkeys(KEYS, "makes another key or salt each time"),
    **dict.fromkeys(CLOCK, "depends on the day or the machine's time zone"),
    **dict.fromkeys(NETWORK, "asks the network"),
}
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
# Inside an action: texts and comments, which run nothing; fields and variables; then words.
_WORD = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`|/\*.*?\*/|[.$][\w.]+|([A-Za-z_]\w*)', re.DOTALL)


class VolatileCall(NamedTuple):
    """A call of a function whose result is another each time, and its place in a text, counted from 1."""

    function: str
    line: int
    column: int


def refuse_volatile(chart: Chart, folder: str) -> None:
    """Raise an `InputError` where a chart in a folder would render other objects each time."""
    found = [
        Finding(
            "MR283",
            f"calls {call.function}, which {_WHY[call.function]}",
            file=f"{folder}/{path}",
            line=call.line,
            column=call.column,
        )
        for path, data in chart.files.items()
        for call in volatile_calls(data.decode(errors="replace"))
    ]
    if found:
        raise InputError(found)


def refuse_volatile_values(chart: Chart, values: Mapping[str, Any]) -> None:
    """Raise an `InputError` where values hold such a call and the chart runs text as a template."""
    if not runs_text(chart):
        return
    for call in volatile_calls(json.dumps(values, ensure_ascii=False).replace('\\"', '"')):
        message = f"{chart.title} runs values as templates, and one calls {call.function}, which {_WHY[call.function]}"
        raise InputError([Finding("MR283", message, field="values")])


@lru_cache(maxsize=64)
def runs_text(chart: Chart) -> bool:
    """Returns whether any template of a chart calls `tpl`."""
    return any(
        word == "tpl"
        for data in chart.files.values()
        if b"tpl" in data
        for _, word in _words(data.decode(errors="replace"))
    )


def volatile_calls(text: str) -> Iterator[VolatileCall]:
    """Yields the calls in a text that is a template."""
    for start, word in _words(text):
        if word in _WHY:
            yield VolatileCall(word, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


def _words(text: str) -> Iterator[tuple[int, str]]:
    for action in _ACTION.finditer(text):
        for word in _WORD.finditer(action[0]):
            if word[1]:
                yield action.start() + word.start(), word[1]
