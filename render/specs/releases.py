"""Which Istio releases there are, what an alias stands for, and how long each minor is supported.

A version is written as in Sail's API: `v1.24.3`, or the alias `v1.24-latest`. The data is `releases.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from render.errors import wrong
from render.messages import nearest, short

ALIAS = "-latest"
FLEET_FILE = "releases.yaml"  # of a fleet, in its root; there need not be one
# What renders any release exactly.
CHARTS = "Istio's own charts (`meshrev chart pull`, and source {type: chart})"


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A release as numbers, so that 1.28.10 comes after 1.28.9. `str()` writes it as a spec does: `v1.28.10`."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    @property
    def line(self) -> str:
        """The minor that it belongs to, as `releases.yaml` names it: `1.28`."""
        return f"{self.major}.{self.minor}"


def _kubernetes_minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


@dataclass(frozen=True, slots=True)
class Minor:
    """A minor: its releases in order, its support window as ISO dates, and the Kubernetes minors it supports.

    `checked` is the last release whose charts the builtin facts were compared with; `unchecked` are those after it,
    which are rendered from its facts. `ended` is None where Istio has not said a day yet. `kubernetes` is the oldest
    and the newest (`("1.28", "1.31")`).
    """

    name: str
    releases: tuple[Release, ...]
    checked: str
    unchecked: tuple[Release, ...]
    released: str
    ended: str | None
    kubernetes: tuple[str, str]

    def supports(self, kubernetes: str) -> bool:
        """Returns whether Istio supports a release of Kubernetes, `1.34.1`, with it."""
        oldest, here, newest = map(_kubernetes_minor, (self.kubernetes[0], kubernetes, self.kubernetes[1]))
        return oldest <= here <= newest

    @property
    def alias(self) -> str:
        return f"v{self.name}{ALIAS}"


@dataclass(frozen=True, slots=True)
class Releases:
    """Which releases the specs of a fleet may name: those of `minors`, and those whose charts are `vendored`."""

    minors: Mapping[str, Minor]
    vendored: tuple[Release, ...] = ()

    def resolve(self, version: str, *, chart: bool = False) -> str:
        """Returns the release that a spec's version means: itself, or the last of its minor for an alias. With `v`.

        Where the manifests come from a `chart`, an alias means the last release that is vendored. Raises `InputError`
        for one that is not known, with the nearest that is.
        """
        if is_alias(version):
            line = version[1 : -len(ALIAS)]
            vendored = [release for release in self.vendored if release.line == line]
            if vendored and (chart or line not in self.minors):
                return str(max(vendored))
            # The builtin templates know no release that a fleet adds.
            known = self.minors if chart or line not in minors() else minors()
            if line in known:
                return str(known[line].releases[-1])
        if version in self.versions(aliases=False):
            return version
        raise wrong("MR043", unknown(version, self.versions()), field="version")

    def versions(self, *, aliases: bool = True, since: str = "1.23") -> tuple[str, ...]:
        """Returns every version that a spec may name, newest first, each minor's alias before its releases. `since` is
        the first minor to count (ZTunnel begins with 1.24)."""
        first = parse(f"{since}.0")
        every = {release for minor in self.minors.values() for release in minor.releases} | set(self.vendored)
        names: list[str] = []
        line = ""
        for release in sorted(
            (one for one in every if (one.major, one.minor) >= (first.major, first.minor)), reverse=True
        ):
            if aliases and release.line != line:
                names.append(f"v{release.line}{ALIAS}")
            line = release.line
            names.append(str(release))
        return tuple(names)


@cache
def builtin_releases() -> Releases:
    """Returns the releases that this program knows by itself."""
    return Releases(minors())


def resolve(version: str) -> str:
    """As `Releases.resolve`, of those that this program knows by itself."""
    return builtin_releases().resolve(version)


def as_typed(version: str) -> str:
    """Returns a version as specs write it, from how people type it: `latest` and `1.30` are the newest release (of that
    minor), `1.30.3` is `v1.30.3`; anything else stays.

    Raises `InputError` as `resolve` does, for a minor that is not known.
    """
    if version == "latest":
        return known_versions(aliases=False)[0]
    text = f"v{version}" if version[:1].isdigit() else version
    return resolve(f"{text}{ALIAS}") if re.fullmatch(r"v\d+\.\d+", text, re.ASCII) else text


def is_alias(version: str) -> bool:
    return version.startswith("v") and version.endswith(ALIAS)


def parse(version: str) -> Release:
    """Returns the numbers of a version `v1.24.3` or `1.24.3`, also of a release that is not known; a key to order by.

    Raises `InputError` when it is no such version; an alias is none until it is resolved.
    """
    match = re.fullmatch(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})", version, re.ASCII)
    if not match:
        raise wrong("MR043", f"{short(version)} is not a release such as v1.24.3", field="version")
    major, minor, patch = match.groups()
    return Release(int(major), int(minor), int(patch))


@cache
def minors() -> Mapping[str, Minor]:
    """Returns every minor by name (`1.24`), oldest first."""
    import yaml

    data = yaml.load(Path(__file__).with_name("releases.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return minors_of(data)


def minors_of(data: Mapping[str, Any]) -> Mapping[str, Minor]:
    """Returns the minors that data of the form of `releases.yaml` tells of, by name."""
    return {entry["minor"]: _minor(entry) for entry in data.get("minors", ())}


def nearest_checked(version: str) -> str | None:
    """Returns the release whose facts render a release that came after it, None where its own charts were compared.

    An alias, or a release that is not known, has none.
    """
    for minor in minors().values():
        if version in map(str, minor.unchecked):
            return minor.checked
    return None


@cache
def known_versions(aliases: bool = True, since: str = "1.23") -> tuple[str, ...]:
    """As `Releases.versions`, of those that this program knows by itself."""
    return builtin_releases().versions(aliases=aliases, since=since)


def unknown(version: str, names: Iterable[str]) -> str:
    """Returns the message for a version that is none of `names`, with the nearest of them."""
    names = tuple(names)
    shown = short(version)
    pinned = sorted(parse(name) for name in names if not is_alias(name))
    match = re.match(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?", version, re.ASCII)
    if not match or int(match[1]) != pinned[0].major:
        close = nearest(version, names)
        return f"{shown} is not known ({f'did you mean {close}?' if close else _span(pinned)})"
    minor, patch = int(match[2]), match[3]
    line = [release for release in pinned if release.minor == minor]
    if not line:
        close = str(min(reversed(pinned), key=lambda release: abs(release.minor - minor)))
        newer = f". Newer ones come from {CHARTS}" if minor > pinned[-1].minor else ""
        return f"{shown} is not known: {_span(pinned)} (did you mean {close}?){newer}"
    alias = f"v{line[0].line}{ALIAS}"
    if patch is None:
        close = alias if alias in names else str(line[-1])
    else:
        close = str(min(line, key=lambda release: abs(release.patch - int(patch))))
    return f"{shown} is not known (did you mean {close}?)"


def _span(pinned: list[Release]) -> str:
    return f"releases are {pinned[0]} to {pinned[-1]}"


def _minor(entry: Mapping[str, object]) -> Minor:
    major, number = str(entry["minor"]).split(".")
    kubernetes = entry["kubernetes"]
    last = entry["last"]
    assert isinstance(kubernetes, dict)
    assert isinstance(last, int)
    pinned = tuple(Release(int(major), int(number), patch) for patch in range(last + 1))
    checked = str(entry.get("checked", f"{entry['minor']}.{last}"))
    seen = parse(checked.partition("-")[0]).patch + ("-" not in checked)  # a candidate is before its release
    return Minor(
        name=str(entry["minor"]),
        releases=pinned,
        checked=f"v{checked}",
        unchecked=pinned[seen:],
        released=str(entry["released"]),
        ended=str(entry["ended"]) if "ended" in entry else None,
        kubernetes=(kubernetes["oldest"], kubernetes["newest"]),
    )
