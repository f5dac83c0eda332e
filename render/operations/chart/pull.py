"""Pulling the charts of a release: fetched, checked and unpacked in memory, and only then written, all or none.

A chart may have a provenance file, a signed text that names the archive's digest
(https://helm.sh/docs/topics/provenance/). Its signature is checked by `gpgv` with the keyring that a person names.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from render.charts.archive import check_paths, unpack
from render.charts.chart import Chart, chart_title, checked_chart
from render.charts.chart_folder import ChartFolder, chart_files, lock_file
from render.charts.lock import LockedChart, lock_text
from render.charts.volatile import refuse_volatile
from render.errors import InputError, wrong
from render.messages import one_line
from render.operations.chart.disk import write_charts
from render.operations.chart.sources import ChartArchives, FoundChart, open_archives
from render.operations.render.fleet import open_fleet
from render.specs.releases import parse

_CLEAR = re.compile(
    rb"-----BEGIN PGP SIGNED MESSAGE-----\r?\n.*?\r?\n\r?\n(.*?)-----BEGIN PGP SIGNATURE-----", re.DOTALL
)
_NAMED = re.compile(r"^\s*(\S+\.tgz):\s*sha256:([0-9a-f]{64})\s*$", re.MULTILINE)
Signature = Literal["checked", "unchecked", "none"]


@dataclass(frozen=True, slots=True)
class PulledChart:
    """A chart that was pulled. `is_new` is false where it lay there already; `signature` says what is known of its
    provenance file: `unchecked` is one that names this archive, with nobody's key to check it by."""

    locked: LockedChart
    folder: str
    is_new: bool
    signature: Signature


def pull(
    root: Path, version: str, names: Sequence[str], address: str, standing: Path, keyring: Path | None = None
) -> list[PulledChart]:
    """Take the charts of a release into the fleet in `root`, and note them in its lock.

    `address` is a Helm repository, an OCI registry or a folder, by its path from `standing`. With a `keyring` each
    archive must be signed by somebody in it. `InputError` for all that is wrong with a chart, `OutsideError` where its
    source cannot be asked; then the fleet is as it was.
    """
    release = str(parse(version)).removeprefix("v")
    opened = open_fleet(root)
    vendored = ChartFolder(opened.reader, opened.fleet.source.folder)
    with open_archives(address, standing) as archives:
        found = [_fetch(archives, name, release, keyring) for name in names]
    charts = [chart for chart, _, _ in found]
    for chart in charts:
        refuse_volatile(chart, chart.title)
    pulled = []
    for chart, source, signature in found:
        locked, is_new = _lock_line(vendored, chart, source), _is_new(vendored, chart)
        pulled.append(PulledChart(locked, vendored.path(chart.name, release), is_new, signature))
    new = {one.folder: chart.files for one, chart in zip(pulled, charts, strict=True) if one.is_new}
    kept = [one for one in vendored.locked if (one.chart, one.version) not in {(c.name, c.version) for c in charts}]
    lock = lock_text([*kept, *(one.locked for one in pulled)])
    write_charts(opened, vendored.folder, new, (lock_file(vendored.folder), lock))
    return pulled


def _fetch(
    archives: ChartArchives, name: str, version: str, keyring: Path | None
) -> tuple[Chart, tuple[str, str | None], Signature]:
    """Returns a chart, its source and the digest of its archive, and what is known of its signature."""
    found = archives.find(name, version)
    digest = hashlib.sha256(found.archive).hexdigest() if found.archive is not None else None
    if found.digest is not None and found.digest != digest:
        message = f"is not the archive that its source names: its SHA-256 is {digest}, and {found.digest} was expected"
        raise wrong("MR285", message, file=found.place)
    signature = _signature(found, name, version, digest, keyring)
    files = found.files if found.archive is None else unpack(found.archive, found.place)
    assert files is not None
    check_paths(files, found.place)
    return checked_chart(name, version, files, found.place), (found.source, digest), signature


def _signature(found: FoundChart, name: str, version: str, digest: str | None, keyring: Path | None) -> Signature:
    if found.provenance is not None and digest is not None:
        _check_provenance(found.provenance, f"{chart_title(name)}-{version}.tgz", digest, keyring)
        return "checked" if keyring else "unchecked"
    if keyring:
        raise wrong("MR285", "has no provenance file, and a keyring is there to check it", file=found.place)
    return "none"


def _lock_line(vendored: ChartFolder, chart: Chart, source: tuple[str, str | None]) -> LockedChart:
    """Returns the line of a chart in the lock. What was released once does not change: another tree is an error."""
    before = vendored.locked_chart(chart.name, chart.version)
    if before and before.tree != chart.digest:
        message = (
            f"names another chart {chart.title} (its files differ, from {before.source}): a release does not change, "
            "so find out which is right, and take that line out to pull it anew"
        )
        raise wrong("MR285", message, file=lock_file(vendored.folder))
    return before or LockedChart(chart.name, chart.version, *source, chart.digest)


def _is_new(vendored: ChartFolder, chart: Chart) -> bool:
    """Returns whether a chart is not there yet. `InputError` where something else is in its place."""
    path = vendored.path(chart.name, chart.version)
    there = chart_files(vendored.reader, path)
    if there and there != chart.files:
        message = (
            "is in the way: its files are not those of the chart that was pulled (git tells which); remove it first"
        )
        raise wrong("MR285", message, file=path)
    return not there


def _check_provenance(provenance: bytes, archive: str, digest: str, keyring: Path | None) -> None:
    """Raise an `InputError` where a provenance file is not of this archive, by its SHA-256 in hex; with a keyring also
    where nobody in it has signed."""
    text = _signed_text(provenance, archive, keyring) if keyring else _claimed_text(provenance, archive)
    named = dict(_NAMED.findall(text))
    if named.get(archive) != digest:
        said = f"sha256:{named[archive]}" if archive in named else "nothing"
        raise wrong("MR285", f"is not the archive that was signed: its provenance file says {said} of it", file=archive)


def _claimed_text(provenance: bytes, archive: str) -> str:
    found = _CLEAR.search(provenance)
    if not found:
        raise wrong("MR285", "has a provenance file that is no signed text", file=archive)
    return found[1].decode(errors="replace")


def _signed_text(provenance: bytes, archive: str, keyring: Path) -> str:
    """Returns the text that the signature is of, as gpgv prints it."""
    with tempfile.TemporaryDirectory(prefix="meshrev-") as folder:
        (Path(folder) / "prov").write_bytes(provenance)
        command = ["gpgv", "--homedir", folder, "--keyring", str(keyring.resolve()), "--output", "-", "prov"]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": folder}
        try:
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        except FileNotFoundError:
            raise wrong("MR285", "gpgv is not installed, and it checks signatures (package gpgv)") from None
    if done.returncode:
        raise _signature_error(done.stderr.decode(errors="replace"), archive, keyring)
    return done.stdout.decode(errors="replace")


def _signature_error(said: str, archive: str, keyring: Path) -> InputError:
    lines = [line.removeprefix("gpgv:").strip() for line in said.splitlines() if line.strip()]
    words = one_line(lines[-1])[:200] if lines else "no reason given"
    return wrong("MR285", f"is not signed by anybody in {keyring.name} ({words})", file=archive)
