"""Quantities."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.kubernetes.quantity import is_negative, is_whole, quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500m", Fraction(1, 2)),
        ("1.5Gi", 1.5 * 2**30),
        ("1e3", 1000),
        ("1E", 10**18),
        ("1E3", 1000),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("+1k", 1000),
        (2, 2),
        (0.5, Fraction(1, 2)),
        (".", 0),
        ("0.5n", Fraction(1, 10**9)),  # billionths are the smallest, and more than nothing stays more
    ],
)
def test_a_quantity_is_what_it_amounts_to(text: object, amount: object) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "m", "1 Gi", "1gi", "1.2.3", "1KiB", "abc", None, True, "1e", "٣", "1e999999999"])
def test_what_is_no_quantity_amounts_to_nothing(text: object) -> None:
    assert quantity(text) is None


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", "k", "Ki", "M", "Mi", "G", "Gi"]))
def test_whole_numbers_with_large_units_are_whole_and_keep_their_sign(number: int, unit: str) -> None:
    assert is_whole(f"{number}{unit}")
    assert is_negative(f"{number}{unit}") == (number < 0)
