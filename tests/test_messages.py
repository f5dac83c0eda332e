"""The nearest known name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from render.messages import did_you_mean, nearest

FIELDS = ["version", "namespace", "profile", "updateStrategy", "values"]


def test_a_slip_of_the_finger_finds_the_name() -> None:
    assert nearest("verison", FIELDS) == "version"
    assert nearest("nameSpace", FIELDS) == "namespace"
    assert nearest("updatestrategy", FIELDS) == "updateStrategy"


def test_nothing_is_suggested_where_nothing_is_close() -> None:
    assert nearest("replicas", FIELDS) is None
    assert did_you_mean("replicas", FIELDS) == ""
    assert nearest("version", []) is None


def test_the_suggestion_ends_a_message() -> None:
    assert did_you_mean("profil", FIELDS) == " (did you mean profile?)"


def test_of_two_names_that_differ_in_case_only_one_is_always_the_same() -> None:
    assert nearest("EKS", ["eks", "Eks"]) == nearest("EKS", ["Eks", "eks"])


@given(st.sets(st.text(min_size=1), min_size=1), st.text())
def test_a_suggestion_is_always_a_known_name_and_a_known_name_suggests_itself(known: set[str], word: str) -> None:
    assert nearest(word, known) in known | {None}
    for name in known:
        found = nearest(name, known)
        assert found is not None
        assert found.lower() == name.lower()
