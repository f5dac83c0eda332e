"""Text that YAML makes something else of where it is written without care, and data with such text in it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

TEXTS = [
    *(Path(__file__).parent / "odd_text.txt").read_text("utf-8").splitlines(),
    *("", " ", "  a", "a ", "\t", "\ta", "a\t", "\n", "\n\n", "\na", "a\n", "a\n\n", "a\nb", "a\nb\n", "a\n\n\nb"),
    *(" a\nb", "a\n b\n", "a\n\tb\n", "\ta\nb", "a \nb", "a\t\nb", "a\n \nb", "a\nb ", "a\r\nb", "a\rb", "# a\n# b"),
    *("---\na: b\n---\n", "...\n", "a: |\n  b\n", "- a\n- b", "%YAML 1.1\n", "\x00", "\x07", "\x1b[0m", "\x7f", "\x85"),
    *("a\x85b\nc", "\xa0", "\u2028", "a\u2029b\nc", "\ufeff", "\ufeffa\nb", "\ufffe", "\uffff", "\ud7ff", "\ue000"),
    *("a\u202eb", "a\u2066b\nc", "\u061c", "\u200f"),
    *("\U0010ffff", '"\\/\b\f', "a" * 5000, "a b " * 2000, "Yes\n", "1e3\n"),
]

strings = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"])) | st.text("ab 1:-#\n\t'\"{[,.")
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | strings,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4),
    max_leaves=12,
)
