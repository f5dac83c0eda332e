"""The cases that come with the checkout are those that were made, and renewing them changes only what differs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.vendor_cases import CASES, FOLDER, PROGRAM, case_files, vendor
from tests.support.cases import CONFORMANCE, ROOT, case_text

NEIGHBOURS = [
    folder for name in ("conformance", "conformance-next") if (folder := ROOT.parent / "shared" / name).is_dir()
]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with cases, one file for each pattern."""
    folder = tmp_path / "made"
    for pattern in (*CASES, PROGRAM):
        file = folder / pattern.replace("*", "24.3")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{pattern}\n")
    return folder


@pytest.fixture
def vendored(made: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "vendored"
    folder.mkdir()
    vendor([made], folder)
    return folder


def test_the_cases_are_read_from_where_they_are_written_to() -> None:
    assert CONFORMANCE == FOLDER


@pytest.mark.skipif(not NEIGHBOURS, reason="no folder with the cases as they were made is beside this checkout")
def test_the_cases_are_those_that_were_made() -> None:
    files = case_files(NEIGHBOURS)
    assert [name for name, file in files.items() if case_text(name) != file.read_text()] == []
    assert {f"{name}.xz" for name in files} == {file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*.xz")}
    assert (FOLDER / PROGRAM).read_bytes() == (NEIGHBOURS[0] / PROGRAM).read_bytes()


def test_cases_that_did_not_change_are_left_as_they_are(made: Path, vendored: Path) -> None:
    assert vendor([made], vendored) == []


def test_a_case_that_changed_is_written_again(made: Path, vendored: Path) -> None:
    (made / "prune.json").write_text("other\n")
    assert vendor([made], vendored) == ["prune.json.xz"]
    assert vendor([made], vendored) == []


def test_the_cases_of_a_release_that_is_no_more_are_removed(made: Path, vendored: Path) -> None:
    (made / "1.25.5").mkdir()
    for kind in ("named", "flips"):
        shutil.move(made / f"1.24.3/{kind}.jsonl", made / f"1.25.5/{kind}.jsonl")
    vendor([made], vendored)
    assert sorted(file.parent.name for file in vendored.glob("*/*.jsonl.xz")) == ["1.25.5", "1.25.5"]


def test_the_cases_of_a_release_may_lie_in_another_folder(made: Path, vendored: Path, tmp_path: Path) -> None:
    (tmp_path / "next/1.31.0").mkdir(parents=True)
    for kind in ("named", "flips"):
        (tmp_path / f"next/1.31.0/{kind}.jsonl").write_text("new\n")
    assert vendor([made, tmp_path / "next"], vendored) == ["1.31.0/named.jsonl.xz", "1.31.0/flips.jsonl.xz"]
    assert vendor([made, tmp_path / "next"], vendored) == []


def test_a_folder_without_such_cases_changes_nothing(vendored: Path, tmp_path: Path) -> None:
    before = sorted(vendored.rglob("*"))
    with pytest.raises(FileNotFoundError, match=r"no 1\.\*/named\.jsonl"):
        vendor([tmp_path / "other"], vendored)
    assert sorted(vendored.rglob("*")) == before
