"""Which Istio releases there are, what an alias stands for, and how long each minor is supported.

A version is written as in Sail's API: `v1.24.3`, or the alias `v1.24-latest`. The data is `releases.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from render.errors import wrong
from render.messages import nearest, short

ALIAS = "-latest"
# What renders any release exactly, as a Fleet or Cluster says it.
CHARTS = "source: {type: chart}"


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

    @property
    def alias(self) -> str:
        return f"v{self.name}{ALIAS}"


def resolve(version: str) -> str:
    """Returns the release that a spec's version means: itself, or the last of its minor for an alias. With `v`.

    Raises `InputError` for one that is not known, with the nearest that is.
    """
    if is_alias(version):
        minor = minors().get(version[1 : -len(ALIAS)])
        if minor:
            return str(minor.releases[-1])
    if version in known_versions(aliases=False):
        return version
    raise wrong("MR043", unknown(version, known_versions()), field="version")


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
    return {entry["minor"]: _minor(entry) for entry in data["minors"]}


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
    """Returns every version that a spec may name, newest first, each minor's alias before its releases.

    `since` is the first minor to count (ZTunnel begins with 1.24).
    """
    first = parse(f"{since}.0")
    names: list[str] = []
    for minor in reversed(tuple(minors().values())):
        if minor.releases[0] >= first:
            names += [minor.alias] if aliases else []
            names += [str(release) for release in reversed(minor.releases)]
    return tuple(names)


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
        newer = f". Newer ones need Istio's own charts: {CHARTS}" if minor > pinned[-1].minor else ""
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
    major, minor = str(entry["minor"]).split(".")
    kubernetes = entry["kubernetes"]
    last = entry["last"]
    assert isinstance(kubernetes, dict)
    assert isinstance(last, int)
    pinned = tuple(Release(int(major), int(minor), patch) for patch in range(last + 1))
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
