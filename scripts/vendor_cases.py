"""Writes `tests/data/conformance/`, the cases that tests read, from a folder with such cases:
`python -m scripts.vendor_cases FOLDER`.

A case whose text is the same is left as it is, so that another release of the compressor changes no file.
"""

from __future__ import annotations

import lzma
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tests/data/conformance"

# What tests read. A file that nobody reads yet stays out, and comes with the test that reads it.
CASES = (
    "1.*/named.jsonl",
    "1.*/flips.jsonl",
    "in-use-revision.json",
    "in-use-tag.json",
    "inject-pods.json",
    "inject-pods-1.30.json",
    "injection-functions.json",
    "iop-inputs.json",
    "prune.json",
    "webhook-selector.json",
)
PROGRAM = "run.py"  # what counts as equal; read by people and by Python, so not compressed


def case_files(folder: Path) -> Iterator[Path]:
    """Yields the files of a folder with cases that tests read, relative to it.

    Raises FileNotFoundError where the folder has none of a pattern: then it is no such folder.
    """
    for pattern in CASES:
        found = sorted(folder.glob(pattern))
        if not found:
            raise FileNotFoundError(f"{folder} has no {pattern}")
        yield from (file.relative_to(folder) for file in found)


def compress(text: bytes) -> bytes:
    return lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)


def vendor(source: Path, target: Path) -> list[str]:
    """Writes the cases of `source` into `target`, removes those that the source has no more, and returns the names of
    the files that changed."""
    wanted = {f"{name.as_posix()}.xz": (source / name).read_bytes() for name in case_files(source)}
    program = (source / PROGRAM).read_bytes()
    present = {file.relative_to(target).as_posix(): file for file in target.rglob("*.xz")}
    changed = sorted(set(present) - set(wanted))
    for name in changed:
        present[name].unlink()
    for name, text in wanted.items():
        if name not in present or lzma.decompress(present[name].read_bytes()) != text:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(compress(text))
            changed.append(name)
    if not (target / PROGRAM).is_file() or (target / PROGRAM).read_bytes() != program:
        (target / PROGRAM).write_bytes(program)
        changed.append(PROGRAM)
    return changed


if __name__ == "__main__":
    for name in vendor(Path(sys.argv[1]), FOLDER):
        print(name)
