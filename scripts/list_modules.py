"""Writes into the `__init__` of every package which modules it has, each with the first words of its own docstring:
`python -m scripts.list_modules`.

A test fails when a list is not up to date.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "render"
WIDTH = 116  # of a line, as ruff has it with some room


def packages() -> list[Path]:
    """Returns the folders of all packages of the program."""
    return sorted(file.parent for file in PROGRAM.rglob("__init__.py"))


def modules(package: Path) -> dict[str, str]:
    """Returns the modules of a package with what each is; a package inside has a `/` behind its name."""
    files = [file for file in package.glob("*.py") if file.name != "__init__.py"]
    inside = [folder / "__init__.py" for folder in package.iterdir() if (folder / "__init__.py").is_file()]
    found = {file.stem: _summary(file) for file in files}
    return dict(sorted((found | {f"{file.parent.name}/": _summary(file) for file in inside}).items()))


def with_list(package: Path) -> str:
    """Returns the text of a package's `__init__` with its modules as they are now, behind all else that it says."""
    file = package / "__init__.py"
    text = file.read_text(encoding="utf-8")
    docstring = _docstring(file)
    prose = re.split(r"\n+ *\S+ {2,}\S", docstring, maxsplit=1)[0].strip()
    listed = modules(package)
    column = max(map(len, listed), default=0)
    lines = [_shortened(f"{name:<{column}}  {summary}") for name, summary in listed.items()]
    new = "\n".join([f"{prose}\n", *lines, ""]) if lines else prose
    return text.replace(f'"""{docstring}"""', f'"""{new}"""', 1)


def _summary(file: Path) -> str:
    """Returns the first sentence of a module's docstring, without its full stop."""
    first = " ".join(_docstring(file).split("\n\n")[0].split())
    return re.split(r"(?<=[^.])\.(?: |$)", first, maxsplit=1)[0]


def _docstring(file: Path) -> str:
    found = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")), clean=False)
    if found is None:
        raise SystemExit(f"{file}: has no docstring")
    return found


def _shortened(line: str) -> str:
    """Returns the line, or what of it stands before the last colon, else before the last comma that fits."""
    if len(line) <= WIDTH:
        return line
    kept = re.match(rf"(.{{30,{WIDTH}}})[;:] ", line) or re.match(rf"(.{{30,{WIDTH}}}), ", line)
    return kept[1] if kept else line[:WIDTH].rpartition(" ")[0] + " ..."


if __name__ == "__main__":
    for package in packages():
        text = with_list(package)
        (package / "__init__.py").write_text(text, encoding="utf-8")
