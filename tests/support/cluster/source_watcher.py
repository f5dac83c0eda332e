"""What Flux' source-watcher makes of an ArtifactGenerator that finds folders; the Go module proxy has not got it.

By its own description: https://github.com/fluxcd/source-watcher/blob/main/docs/spec/v1beta1/artifactgenerators.md
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml


def make_artifacts(source: Path, generator: Path, to: Path) -> dict[str, Path]:
    """Returns the folder with the content of each artifact that a generator in a file makes of a source, by its name.
    They are made below `to`."""
    spec = yaml.load(generator.read_bytes(), yaml.CSafeLoader)["spec"]
    wanted = re.escape(spec["pathPattern"].removeprefix("@repo/")).replace(r"\{cluster\}", "(?P<cluster>[^/]+)")
    folders = (path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_dir())
    made = {}
    for found in filter(None, map(re.compile(wanted).fullmatch, folders)):
        for artifact in spec["artifacts"]:
            name = artifact["name"].format(**found.groupdict())
            for copy in artifact["copy"]:
                folder = source / copy["from"].removeprefix("@repo/").format(**found.groupdict())
                shutil.copytree(folder, to / name / copy["to"].removeprefix("@artifact/") / folder.name)
            made[name] = to / name
    return made
