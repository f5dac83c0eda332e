"""Writes `tests/data/conformance/`, the cases that tests read, from folders with such cases:
`python -m scripts.vendor_cases FOLDER...`.

A case whose text is the same is left as it is, so that another release of the compressor changes no file.
"""

from __future__ import annotations

import lzma
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tests/data/conformance"

# What tests read. A file that nobody reads yet stays out, and comes with the test that reads it.
CASES = (
    "1.*/named.jsonl",
    "1.*/flips.jsonl",
    "gateway-deployments.json",
    "gateways-1.*.jsonl",
    "in-use-revision.json",
    "in-use-tag.json",
    "inject-pods.json",
    "inject-pods-1.30.json",
    "inject-pods-new-1.*.json",
    "injection-functions.json",
    "iop-1.31.jsonl",
    "iop-inputs.json",
    "prune.json",
    "webhook-selector.json",
)
PROGRAM = "run.py"  # what counts as equal; read by people and by Python, so not compressed


def case_files(folders: Sequence[Path]) -> dict[str, Path]:
    """Returns the files with cases that tests read, by their names below the folder that has them.

    Raises FileNotFoundError where no folder has any of a pattern: then these are not all.
    """
    files: dict[str, Path] = {}
    for pattern in CASES:
        found = {file.relative_to(folder).as_posix(): file for folder in folders for file in folder.glob(pattern)}
        if not found:
            raise FileNotFoundError(f"{' and '.join(map(str, folders))}: no {pattern}")
        files |= dict(sorted(found.items()))
    return files


def compress(text: bytes) -> bytes:
    return lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)


def vendor(sources: Sequence[Path], target: Path) -> list[str]:
    """Writes the cases of `sources` into `target`, removes those that no source has any more, and returns the names of
    the files that changed."""
    wanted = {f"{name}.xz": file.read_bytes() for name, file in case_files(sources).items()}
    program = next(folder / PROGRAM for folder in sources if (folder / PROGRAM).is_file()).read_bytes()
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
    for name in vendor([Path(folder) for folder in sys.argv[1:]], FOLDER):
        print(name)
