"""An observation as a file: read back as it was written, and written whole or not at all."""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from render.errors import InputError
from render.operations.observe.file import observation_name, observation_text, read_observation, write_observation
from render.plan.observed.observation import UNSEEN, Observation, ObservedNamespace, Owner
from render.tree.store.fleet_folder import FleetFolder
from tests.support.disk.cut_off import killed

AT = datetime(2026, 8, 22, 10, tzinfo=UTC)
EVERYTHING = ObservedNamespace(
    labels={"istio.io/rev": "prod"},
    pods=9,
    failed=1,
    revisions={"v1": 5, UNSEEN: 1},
    references={"canary": 2},
    proxies={"v1": {"1.24.2": 4, "1.24.3": 1}, UNSEEN: {UNSEEN: 1}},
    nodes={"1.24.2": 3},
    ambient=2,
    owners={"istio.io/rev": (Owner("argocd", "Apply"), Owner("kubectl-label", "Update"))},
)
WEBHOOKS = {"istio-revision-tag-prod": ("istio-system/istiod-v1", "other/istiod-v1")}
SEEN = Observation("one", AT, "0a", {"bare": ObservedNamespace({}), "shop": EVERYTHING}, webhooks=WEBHOOKS)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = write_observation(FleetFolder(tmp_path, "observed"), SEEN)
    assert file == "observed/one.json"
    assert read_observation(FleetFolder(tmp_path, "observed"), "one") == SEEN
    assert read_observation(FleetFolder(tmp_path, "observed"), "two") is None
    assert read_observation(FleetFolder(tmp_path, "nowhere"), "one") is None


def test_who_owns_what_objects_say_is_read_back_and_that_nobody_looked_too(tmp_path: Path) -> None:
    folder = FleetFolder(tmp_path, "observed")
    objects = {"Deployment/a/istiod": {".spec.paused": (Owner("helm", "Update"),)}, "Deployment/b/istiod": {}}
    for looked in (replace(SEEN, objects=objects), replace(SEEN, objects={}), SEEN):
        write_observation(folder, looked)
        assert read_observation(folder, "one") == looked


def test_a_write_that_fails_leaves_the_file_before_and_nothing_else(tmp_path: Path) -> None:
    write_observation(FleetFolder(tmp_path, "."), SEEN)
    larger = Observation("one", AT, None, {f"ns-{number}": EVERYTHING for number in range(50)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_observation(FleetFolder(tmp_path, "."), larger)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read_observation(FleetFolder(tmp_path, "."), "one") == SEEN
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_a_link_in_the_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("somebody's")
    (tmp_path / observation_name("one")).symlink_to(other)
    write_observation(FleetFolder(tmp_path, "."), SEEN)
    assert other.read_text() == "somebody's"
    assert read_observation(FleetFolder(tmp_path, "."), "one") == SEEN


def test_what_a_killed_command_left_is_taken_away_by_the_next_one(tmp_path: Path) -> None:
    folder = FleetFolder(tmp_path, "observed")
    other = Observation("two", AT, "0b", {"shop": EVERYTHING})
    for number in range(100):
        if not killed(number, lambda: write_observation(folder, SEEN)):
            break
        write_observation(folder, other)
        assert {path.name for path in folder.folder.iterdir()} <= {"one.json", "two.json"}
    assert number > 3
    assert read_observation(folder, "one") == SEEN


def test_files_of_others_beside_it_stay(tmp_path: Path) -> None:
    for name in (".gitignore", ".one.json.swp", ".notes.7", "one.json.1"):
        (tmp_path / name).write_text("mine")
    write_observation(FleetFolder(tmp_path, "."), SEEN)
    assert len(list(tmp_path.iterdir())) == 5


def test_a_file_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text(observation_text(SEEN))
    (tmp_path / "one.json").symlink_to("elsewhere.json")
    with pytest.raises(InputError, match=r"one\.json: is a symbolic link"):
        read_observation(FleetFolder(tmp_path, "."), "one")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"Observation"', '"Cluster"', "kind: Observation expected, found Cluster"),
        ('"2026-08-22T10:00:00Z"', '"yesterday"', "observedAt: a time such as"),
        ('"0a"', "17", "clusterUID: text expected, found the number 17"),
        ('"pods": 9', '"pods": -9', "namespaces.shop.pods: a count expected"),
        ('"canary": 2', '"canary": true', "namespaces.shop.references.canary: a count expected, found true"),
        ('"operation": "Apply"', '"operation": null', '.owners["istio.io/rev"][0].operation: text expected'),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, field: str) -> None:
    text = observation_text(SEEN)
    assert old in text
    (tmp_path / observation_name("one")).write_text(text.replace(old, new))
    with pytest.raises(InputError) as error:
        read_observation(FleetFolder(tmp_path, "."), "one")
    (finding,) = error.value.findings
    assert field in finding.text()


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '{"namespaces": 1}'])
def test_what_is_no_observation_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / observation_name("one")).write_text(text)
    with pytest.raises(InputError, match=r"run `meshrev observe` again"):
        read_observation(FleetFolder(tmp_path, "."), "one")
