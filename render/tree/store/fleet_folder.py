"""A folder of a fleet: where it lies on the disk, and what its files are called to a person.

A fleet is worked on from anywhere, and a checkout or a copy of it too: so files are opened by their whole path, and
named as in the repository, from the fleet's root.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FleetFolder:
    """A folder, such as that of the trees. `root` is the fleet's, a real and absolute path; `path` leads from there to
    the folder, with `/`, and is absolute itself for one that lies elsewhere."""

    root: Path
    path: str

    @property
    def folder(self) -> Path:
        """Where it lies on the disk."""
        return self.root / self.path

    def __truediv__(self, inside: str) -> Path:
        return self.root / self.path / inside

    def below(self, inside: str) -> FleetFolder:
        """Returns a folder in it."""
        return FleetFolder(self.root, self.title(inside))

    def title(self, inside: str = "") -> str:
        """Returns the path of something in it (of itself without `inside`) from the fleet's root, with `/`."""
        return os.path.normpath(f"{self.path}/{inside}")

    def from_root(self, place: str | Path) -> str:
        """Returns the path of a place on the disk from the fleet's root, with `/`; as it is for one that lies
        elsewhere."""
        path = Path(place)
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()
