"""The paths that `meshrev render --output json` says it wrote or removed, each with a NUL behind it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

said = json.loads(Path(sys.argv[1]).read_bytes())
for folder in (*said["shared"], *said["clusters"]):
    for path in (*folder["added"], *folder["changed"], *folder["removed"]):
        sys.stdout.write(f"{path}\0")
