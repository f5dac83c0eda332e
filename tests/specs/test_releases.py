"""Releases: what a version may be called, what an alias means, how releases are ordered."""

from __future__ import annotations

import subprocess
import sys

import pytest

from render.errors import InputError
from render.specs import releases

LAST = {"1.23": 6, "1.24": 6, "1.25": 5, "1.26": 8, "1.27": 9, "1.28": 10, "1.29": 9, "1.30": 8, "1.31": 4}


def test_every_patch_of_every_minor_is_known() -> None:
    expected = {f"v{minor}.{patch}" for minor, last in LAST.items() for patch in range(last + 1)}
    assert set(releases.known_versions(aliases=False)) == expected
    assert len(releases.known_versions(aliases=False)) == 74


@pytest.mark.parametrize(("minor", "last"), LAST.items())
def test_an_alias_is_the_last_release_of_its_minor(minor: str, last: int) -> None:
    assert releases.is_alias(f"v{minor}-latest")
    assert releases.resolve(f"v{minor}-latest") == f"v{minor}.{last}"


def test_a_release_resolves_to_itself_also_where_sail_does_not_know_it() -> None:
    for version in ("v1.24.3", "v1.23.0", "v1.23.1", "v1.25.0"):
        assert not releases.is_alias(version)
        assert releases.resolve(version) == version


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("v1.24.9", "v1.24.9 is not known (did you mean v1.24.6?)"),
        ("1.24.3", "1.24.3 is not known (did you mean v1.24.3?)"),
        ("v1.24", "v1.24 is not known (did you mean v1.24-latest?)"),
        ("v1.24-lates", "v1.24-lates is not known (did you mean v1.24-latest?)"),
        ("v1.24.3\n", "'v1.24.3\\n' is not known (did you mean v1.24.3?)"),
        ("v1.22.5", "v1.22.5 is not known: releases are v1.23.0 to v1.31.4 (did you mean v1.23.6?)"),
        (
            "v1.32.0",
            "v1.32.0 is not known: releases are v1.23.0 to v1.31.4 (did you mean v1.31.4?). Newer ones come from "
            "Istio's own charts (`meshrev chart pull`, and source {type: chart})",
        ),
        ("master", "master is not known (releases are v1.23.0 to v1.31.4)"),
        ("", "'' is not known (releases are v1.23.0 to v1.31.4)"),
    ],
)
def test_an_unknown_version_is_refused_with_the_nearest(version: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        releases.resolve(version)
    assert [finding.message for finding in caught.value.findings] == [message]


def test_releases_are_ordered_as_numbers() -> None:
    assert releases.parse("v1.28.10") > releases.parse("1.28.9") > releases.parse("v1.24.10")
    assert str(releases.parse("1.28.10")) == "v1.28.10"
    assert releases.parse("v1.28.10").line == "1.28"


@pytest.mark.parametrize("version", ["v1.24", "v1.24-latest", "v1.24.3-rc.0", "v1.24.x", "", "v1.24.٣"])
def test_what_is_no_release_is_not_parsed(version: str) -> None:
    with pytest.raises(InputError):
        releases.parse(version)


def test_versions_are_listed_newest_first_and_can_begin_with_a_minor() -> None:
    names = releases.known_versions()
    assert names[:2] == ("v1.31-latest", "v1.31.4")
    assert names[-1] == "v1.23.0"
    assert not [name for name in releases.known_versions(since="1.24") if name.startswith("v1.23")]


@pytest.mark.parametrize(
    ("version", "checked"),
    [
        ("v1.24.6", None),
        ("v1.29.6", None),
        ("v1.29.7", "v1.29.6"),
        ("v1.30.3", None),
        ("v1.30.4", "v1.30.3"),
        ("v1.30.8", "v1.30.3"),
        ("v1.31.0", "v1.31.0-rc.0"),
        ("v1.31.4", "v1.31.0-rc.0"),
        ("v1.31-latest", None),
        ("v1.32.0", None),
    ],
)
def test_a_release_after_the_last_that_was_compared_names_that_one(version: str, checked: str | None) -> None:
    assert releases.nearest_checked(version) == checked


def test_each_minor_says_when_it_came_and_which_kubernetes_it_supports() -> None:
    before = ""
    for name, minor in releases.minors().items():
        assert minor.name == name
        assert before < minor.released
        assert minor.ended is None or minor.released < minor.ended
        oldest, newest = (int(version.removeprefix("1.")) for version in minor.kubernetes)
        assert oldest < newest
        before = minor.released


def test_asking_for_nothing_loads_neither_yaml_nor_difflib() -> None:
    code = "import sys, render.specs.releases; print(sorted({'yaml', 'difflib', 'jsonschema'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
