"""`charts.lock` as it is written, merged, and edited by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.charts.chart import OLDER, USUAL
from render.charts.lock import LockedChart, lock_text, parse_lock
from render.errors import InputError

VERSION = "1.98.0"
DIGEST = "0" * 64
LINE = f'- {{chart: "base", version: "{VERSION}", source: "folder x", tree: "{DIGEST}"}}\n'
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
LOCKED = st.builds(
    LockedChart,
    st.sampled_from((*USUAL, *OLDER)),
    st.tuples(*[st.integers(0, 99)] * 3).map(lambda numbers: ".".join(map(str, numbers))),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20),
    st.none() | DIGESTS,
    DIGESTS,
)


@given(st.lists(LOCKED, unique_by=lambda one: (one.chart, one.version), max_size=6))
def test_what_is_written_is_read_again_in_any_order(locked: list[LockedChart]) -> None:
    assert set(parse_lock(lock_text(locked), "charts.lock")) == set(locked)
    assert lock_text(locked) == lock_text(reversed(locked))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chart: base\n", "expected a list of charts"),
        ("- base\n", r"expected a chart, with its version and digests, at \[0\]"),
        (LINE + LINE, f"names base {VERSION} twice"),
        (LINE.replace('"base"', '"../base"'), r"names no chart of Istio's at \[0\].chart"),
        (LINE.replace(f'"{VERSION}"', '"../1.98.0"'), r"expected a release .* at \[0\].version"),
        (LINE.replace(f'"{VERSION}"', "1.98"), r"expected a release .* at \[0\].version"),
        (LINE.replace('"folder x"', "3"), r"where the chart came from at \[0\].source"),
        (LINE.replace(DIGEST, DIGEST[1:]), r"a SHA-256 of 64 hexadecimal digits, in quotes, at \[0\].tree"),
        (LINE.replace(f'"{DIGEST}"', "1" * 64), r"at \[0\].tree"),
        (LINE.replace("tree:", "archive: 3, tree:"), r"at \[0\].archive"),
        (LINE.replace("tree:", "more: 3, tree:"), r"a field that is not known at \[0\]: more"),
        (f"<<<<<<< ours\n{LINE}", "charts.lock"),
        (f"{LINE}---\n{LINE}", "expected a list of charts"),
    ],
)
def test_a_lock_that_was_edited_by_hand_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_lock(text.encode(), "charts.lock")
    assert {one.file for one in caught.value.findings} == {"charts.lock"}
