"""Nothing below the command line knows the working directory: read from the program's own text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "render"
GOES = {"chdir", "fchdir"}  # nobody may, the command line neither
READS = {"cwd", "getcwd", "getcwdb", "curdir", "absolute"}
STARTS = {"run", "Popen", "call", "check_call", "check_output"}  # of subprocess


def asked(source: str, *, of_the_command_line: bool = False) -> Iterator[str]:
    """Each place in a text of Python that changes the working directory or takes something from it."""
    for node in ast.walk(ast.parse(source)):
        name = _name(node)
        if name in GOES or (name in READS and not of_the_command_line):
            yield f"{node.lineno}: {name}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and not of_the_command_line:
            if ast.unparse(node.func) in ("Path", "open", "os.open", "io.open") and _is_relative(node):
                yield f"{node.lineno}: {ast.unparse(node)}"
            if _is_start(node.func) and not any(keyword.arg == "cwd" for keyword in node.keywords):
                yield f"{node.lineno}: {ast.unparse(node.func)} without cwd"


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.alias):
        return node.name
    return node.id if isinstance(node, ast.Name) else ""


def _is_relative(call: ast.Call) -> bool:
    """Whether a path is made of nothing, or of a text that is no whole path."""
    if not call.args:
        return True
    first = call.args[0]
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and not first.value.startswith("/")


def _is_start(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in STARTS and _name(function.value) == "subprocess"


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_module_neither_changes_nor_reads_it(file: Path) -> None:
    of_the_command_line = file.is_relative_to(PACKAGE / "cli")
    assert list(asked(file.read_text(), of_the_command_line=of_the_command_line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "os.chdir(folder)",
        "from contextlib import chdir",
        "Path.cwd()",
        "os.getcwd()",
        "os.curdir",
        "Path()",
        "Path('.')",
        "Path('rendered').read_text()",
        "open('meshrev.yaml')",
        "folder.absolute()",
        "subprocess.run(command, env=env)",
    ],
)
def test_what_would_is_seen(line: str) -> None:
    assert list(asked(f"import os\n{line}\n"))


@pytest.mark.parametrize(
    "line", ["Path(root)", "Path('/dev/null')", "subprocess.run(command, cwd=root)", "x.resolve()"]
)
def test_what_does_not_is_let_be(line: str) -> None:
    assert list(asked(line)) == []


def test_the_command_line_reads_it_and_does_not_change_it() -> None:
    assert list(asked("Path.cwd()", of_the_command_line=True)) == []
    assert list(asked("os.chdir('/')", of_the_command_line=True)) == ["1: chdir"]
