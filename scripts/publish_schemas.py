"""Writes `docs/schemas/`, the schemas as editors read them: `python -m scripts.publish_schemas docs/schemas`.

They are the packaged ones with the known releases filled in. A test fails when they are not up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from render.specs.schema import FOLDER, schema


def published() -> dict[str, str]:
    """File names and their texts."""
    kinds = {json.loads(path.read_bytes())["title"] for path in FOLDER.glob("*.json")}
    return {f"{kind.lower()}.json": json.dumps(schema(kind), indent=2) + "\n" for kind in sorted(kinds)}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, text in published().items():
        (folder / name).write_text(text, encoding="utf-8")
