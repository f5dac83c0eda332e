"""Files are read below the fleet's root and nowhere else, and a person is told why one is not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from render.errors import InputError
from render.kustomize.reader import LIMIT, TextReader, WorkingTree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    (root / "base").mkdir(parents=True)
    (root / "base/istio.yaml").write_text("kind: Istio\n")
    (tmp_path / "secret").write_text("not yours")
    (tmp_path / "fleet-of-others").mkdir()
    (tmp_path / "fleet-of-others/file").write_text("not yours")
    return root


def refusal(root: Path, path: str) -> str:
    with pytest.raises(InputError) as error:
        WorkingTree(root).read(path)
    (finding,) = error.value.findings
    assert "\n" not in finding.text()
    return finding.text()


def test_a_file_is_read_as_it_is(root: Path) -> None:
    (root / "bytes").write_bytes(b"\xff\x00\r\n")
    assert WorkingTree(root).read("base/istio.yaml") == b"kind: Istio\n"
    assert WorkingTree(root).read("base/../base/./istio.yaml") == b"kind: Istio\n"
    assert WorkingTree(root).read("bytes") == b"\xff\x00\r\n"


def test_files_and_folders_are_told_apart(root: Path) -> None:
    tree = WorkingTree(root)
    assert (tree.is_file("base"), tree.is_folder("base")) == (False, True)
    assert (tree.is_file("base/istio.yaml"), tree.is_folder("base/istio.yaml")) == (True, False)
    assert (tree.is_file("nothing"), tree.is_folder("nothing")) == (False, False)
    assert tree.is_folder(".")


def test_the_names_in_a_folder_are_sorted(root: Path) -> None:
    for name in ("b", "a", "C"):
        (root / "base" / name).touch()
    assert WorkingTree(root).entries("base") == ["C", "a", "b", "istio.yaml"]
    assert WorkingTree(root).entries("nothing") == []
    assert WorkingTree(root).entries("base/istio.yaml") == []


def test_a_missing_file_is_named(root: Path) -> None:
    assert refusal(root, "base/none.yaml") == "base/none.yaml: does not exist"
    assert refusal(root, "base/istio.yaml/none") == "base/istio.yaml/none: does not exist"


def test_a_folder_is_no_file(root: Path) -> None:
    assert refusal(root, "base") == "base: is a folder where a file should be"


@pytest.mark.parametrize("path", ["../secret", "base/../../secret", "..", "../fleet-of-others/file"])
def test_a_path_that_leads_out_is_refused(root: Path, path: str) -> None:
    assert refusal(root, path) == f"{path}: leads out of the fleet's root; only files below it are read"
    with pytest.raises(InputError):
        WorkingTree(root).is_file(path)


def test_an_absolute_path_is_refused(root: Path) -> None:
    path = str(root / "base/istio.yaml")
    assert refusal(root, path) == f"{path}: is an absolute path; write it relative to the fleet's root"


@pytest.mark.parametrize("path", ["base\\istio.yaml", "base/\0"])
def test_a_path_of_strange_characters_is_refused(root: Path, path: str) -> None:
    assert refusal(root, path).endswith("a path has '/' between its parts, and no other special characters")


@pytest.mark.parametrize("target", ["../secret", "../fleet-of-others/file", "/etc/hostname"])
def test_a_link_that_leads_out_is_refused(root: Path, target: str) -> None:
    (root / "base/link").symlink_to(target if target[0] == "/" else f"../{target}")
    assert refusal(root, "base/link") == "base/link: is a symbolic link that leads out of the fleet's root"


def test_a_linked_folder_that_leads_out_is_refused(root: Path) -> None:
    (root / "others").symlink_to("../fleet-of-others")
    assert "leads out" in refusal(root, "others/file")
    with pytest.raises(InputError):
        WorkingTree(root).entries("others")


def test_a_link_inside_is_followed(root: Path) -> None:
    (root / "link").symlink_to("base")
    (root / "base/other.yaml").symlink_to("istio.yaml")
    assert WorkingTree(root).read("link/other.yaml") == b"kind: Istio\n"


def test_a_link_to_nowhere_and_one_to_itself_are_named(root: Path) -> None:
    (root / "nowhere").symlink_to("none")
    (root / "circle").symlink_to("circle")
    assert refusal(root, "nowhere") == "nowhere: does not exist"
    assert refusal(root, "circle") == "circle: is a symbolic link that leads nowhere"


def test_the_root_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert WorkingTree(tmp_path / "link").read("base/istio.yaml") == b"kind: Istio\n"


def test_a_large_file_is_not_read(root: Path) -> None:
    with (root / "large").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert refusal(root, "large") == "large: has 50 MiB; at most 4 MiB are read"


def test_a_file_of_just_the_limit_is_read(root: Path) -> None:
    (root / "limit").write_bytes(b"x" * LIMIT)
    assert len(WorkingTree(root).read("limit")) == LIMIT
    (root / "limit").write_bytes(b"x" * (LIMIT + 1))
    assert refusal(root, "limit") == "limit: has 4.1 MiB; at most 4 MiB are read"


def test_a_pipe_is_refused_at_once(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert refusal(root, "pipe") == "pipe: is not a plain file (a pipe, socket or device)"


def test_a_socket_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert refusal(root, "socket").startswith("socket: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(root: Path) -> None:
    (root / "base/istio.yaml").chmod(0)
    assert refusal(root, "base/istio.yaml") == "base/istio.yaml: may not be read (permission denied)"


def test_what_was_given_comes_before_the_tree(root: Path) -> None:
    reader = TextReader(WorkingTree(root), {"-": b"kind: Namespace\n"})
    assert reader.read("-") == b"kind: Namespace\n"
    assert (reader.is_file("-"), reader.is_folder("-")) == (True, False)
    assert reader.read("base/istio.yaml") == b"kind: Istio\n"
    assert reader.entries("base") == ["istio.yaml"]
