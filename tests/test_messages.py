"""The words of messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from render.messages import count, did_you_mean, few, nearest, plural

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


def test_a_number_has_its_word() -> None:
    assert [count(number, "cluster") for number in (0, 1, 2)] == ["0 clusters", "1 cluster", "2 clusters"]
    assert [count(number, "patch", "patches") for number in (1, 2)] == ["1 patch", "2 patches"]
    assert [plural(number, "has", "have") for number in (1, 2)] == ["has", "have"]


def test_as_many_names_as_may_be_are_told_whole() -> None:
    assert [few(names, 2) for names in ([], ["a"], ["a", "b"])] == ["", "a", "a, b"]


def test_of_more_names_the_first_are_told_and_the_number_of_the_others() -> None:
    assert few(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert few(["a", "b", "c"], 2, "cluster") == "a, b and 1 more cluster"
    assert few(["a", "b", "c"], 1, "cluster") == "a and 2 more clusters"


@given(st.lists(st.text(alphabet="ab", min_size=1)), st.integers(min_value=1, max_value=5))
def test_no_name_is_lost_from_the_count(names: list[str], most: int) -> None:
    shown, _, more = few(names, most).partition(" and ")
    told = len(shown.split(", ")) if shown else 0
    assert told + int(more.removesuffix(" more") or 0) == len(names)
