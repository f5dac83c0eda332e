"""The charts that a fleet repo has, read as specs are: from the working tree, or from a commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from render.charts.chart import Chart, checked_chart
from render.charts.digest import check_digest
from render.charts.lock import LockedChart, parse_lock
from render.errors import InputError, wrong
from render.kustomize.reader import Reader
from render.messages import did_you_mean

CHARTS = "charts"  # the folder where nobody says another
_MOST_FILES = 2000  # of a chart; Istio's have at most 60
CRDS = tuple(f"{folder}/crd-all.gen.yaml" for folder in ("files", "crds"))  # in the chart base, from 1.24 on and before


def lock_file(folder: str) -> str:
    """Returns the path of the lock of the charts in a folder: it lies beside it."""
    return f"{folder}.lock"


@dataclass(frozen=True, eq=False)
class ChartFolder:
    """The charts in a folder of the fleet, by its path from the root. Each is read, and held to the lock, when it is
    first asked for."""

    reader: Reader
    folder: str = CHARTS
    _charts: dict[tuple[str, str], Chart] = field(default_factory=dict, repr=False)

    @cached_property
    def locked(self) -> tuple[LockedChart, ...]:
        """What the lock names; nothing where there is none. `InputError` where it is broken."""
        try:
            text = self.reader.read(lock_file(self.folder))
        except InputError as error:
            if error.findings[0].code == "MR001":  # it does not exist
                return ()
            raise
        return parse_lock(text, lock_file(self.folder))

    def locked_chart(self, name: str, version: str) -> LockedChart | None:
        """Returns what the lock says of a chart of a release (`1.31.0`), None where it does not name it."""
        return next((one for one in self.locked if (one.chart, one.version) == (name, version)), None)

    def versions(self, name: str) -> tuple[str, ...]:
        """Returns the releases of which a chart is vendored, in the order of the lock."""
        return tuple(one.version for one in self.locked if one.chart == name)

    def path(self, name: str, version: str) -> str:
        """Returns the folder of a chart, from the fleet's root."""
        return f"{self.folder}/{version}/{name}"

    def chart(self, name: str, version: str) -> Chart:
        """Returns a chart of a release. `InputError` where it is not vendored, or not as the lock says."""
        key = (name, version)
        if key not in self._charts:
            self._charts[key] = self._read(name, version)
        return self._charts[key]

    def crds_path(self, version: str) -> str | None:
        """Returns the file of CustomResourceDefinitions in the chart base of a release, from the fleet's root; None
        where that chart is not vendored, or has none."""
        if not self.locked_chart("base", version):
            return None
        files = self.chart("base", version).files
        return next((f"{self.path('base', version)}/{path}" for path in CRDS if path in files), None)

    def _read(self, name: str, version: str) -> Chart:
        locked, path = self.locked_chart(name, version), self.path(name, version)
        if locked is None:
            raise wrong("MR281", self.missing(name, version), file=lock_file(self.folder))
        files = chart_files(self.reader, path)
        if not files:
            message = f"is in {lock_file(self.folder)} and not here: take it from git, or run `meshrev chart pull`"
            raise wrong("MR280", message, file=path)
        check_digest(files, locked.tree, path, lock_file(self.folder))
        return checked_chart(name, version, files, path)

    def missing(self, name: str, version: str) -> str:
        """Returns what to say of a chart that is not vendored."""
        has = self.versions(name)
        hint = did_you_mean(version, has) or (f" (vendored: {', '.join(has)})" if has else "")
        return f"the chart {name} {version} is not vendored{hint}: run `meshrev chart pull {version}`"


def chart_files(reader: Reader, folder: str) -> dict[str, bytes]:
    """Returns the files below a folder, by path in it. `InputError` for a link, and for more than any chart has."""
    files: dict[str, bytes] = {}
    ahead, count = [""], 0
    while ahead:
        inside = ahead.pop()
        for name in reader.entries(f"{folder}/{inside}".rstrip("/")):
            path = f"{inside}{name}"
            count += 1
            if count > _MOST_FILES:
                raise wrong("MR280", f"has more than {_MOST_FILES} files, and no chart does", file=folder)
            if reader.links(f"{folder}/{path}"):
                raise wrong("MR280", "is a symbolic link, and a chart has none", file=f"{folder}/{path}")
            if reader.is_folder(f"{folder}/{path}"):
                ahead.append(f"{path}/")
            else:
                files[path] = reader.read(f"{folder}/{path}")
    return files
