"""What a person most likely meant by the path of a value that nobody knows, or that a release does not read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from render.messages import nearest
from render.specs.values.names import Name, mesh_types
from render.specs.values.release_ranges import Ordinal, is_read

Inside = tuple[str, ...]

# A name that stands in more places than this (`enabled`, `hub`) says nothing about which of them was meant.
_MANY = 6


# What a spec says elsewhere, of names that another chart or an older release has at the root of its values.
_ELSEWHERE: Mapping[str, str] = {
    "gateways": "a gateway is a component of its own: see `meshrev template gateway`",
    "istio_cni": "since 1.24 it is pilot.cni.enabled",
    "revisionTags": "a tag is an object of its own: write an IstioRevisionTag",
}


def said_elsewhere(path: Inside) -> str | None:
    """Returns where a spec says what some chart, or an older release, has under this path; None where nobody has."""
    return _ELSEWHERE.get(path[0]) if len(path) == 1 else None


@lru_cache(maxsize=1024)
def nearest_path(root: Name, own: tuple[Inside, ...], path: Inside, release: Ordinal) -> Inside | None:
    """Returns the path that an unknown one most likely stands for, of those that the release reads, or None.

    Another case of the same letters first, then the component's setting in another of its `own` places, then the
    same name in another place, then a near name in the same place, then a near name elsewhere.
    """
    *above, word = path
    parent = _follow(root, above)
    here = read_here(parent, release) if parent else []
    if folded := [name for name in here if name.lower() == word.lower()]:
        return (*above, folded[0])
    for other in _other_places(own, path):
        if (name := _follow(root, other)) and _reads(name, release):
            return other
    places = _places(root)
    if place := _nearest_place(places.get(word, ()), path, release):
        return place
    if close := nearest(word, here):
        return (*above, close)
    if close := nearly(word, places):
        return _nearest_place(places[close], path, release)
    return None


@lru_cache(maxsize=1024)
def read_instead(root: Name, own: tuple[Inside, ...], path: Inside, release: Ordinal) -> Inside | None:
    """Returns a path that the release reads, in place of one that it does not: the component's setting in another of
    its `own` places, as `pilot.env` for `env`, or a near name, as `tolerations` for `toleration`; else None."""
    for other in (*_other_places(own, path), *_respelt(root, path)):
        name = _follow(root, other)
        if name and name.names is None and is_read(name.read, release):
            return other
    return None


def read_here(name: Name, release: Ordinal) -> list[str]:
    """Returns the names directly below one that the release reads, sorted."""
    return sorted(key for key, below in (name.names or {}).items() if _reads(below, release))


def nearly(word: str, known: Iterable[str]) -> str | None:
    """Returns the known name that differs from `word` in no more than a letter or two, or in case; None where none
    does."""
    from difflib import get_close_matches

    folded = {name.lower(): name for name in sorted(known, reverse=True)}
    close = get_close_matches(word.lower(), folded, n=1, cutoff=0.86)
    return folded[close[0]] if close else None


def _other_places(own: tuple[Inside, ...], path: Inside) -> Iterator[Inside]:
    """Yields the path of a component's setting in its other places; in a spec it has one, and may be missed at the
    root."""
    for here in own if () in own else ((),):
        if path[: len(here)] == here:
            yield from ((*there, *path[len(here) :]) for there in own if there != here)


def _respelt(root: Name, path: Inside) -> Iterator[Inside]:
    """Yields the path with one name replaced by one that is nearly the same."""
    for index, name in enumerate(path):
        siblings = _follow(root, path[:index])
        if near := nearly(name, (key for key in (siblings and siblings.names) or () if key != name)):
            yield (*path[:index], near, *path[index + 1 :])


def _nearest_place(places: Iterable[tuple[Inside, Name]], path: Inside, release: Ordinal) -> Inside | None:
    """Of the places of a name, the one that the release reads and that begins most like the path."""
    read = [place for place, name in places if _reads(name, release)]
    return (
        min(read, key=lambda place: (-_common_steps(place, path), len(place), place))
        if 0 < len(read) <= _MANY
        else None
    )


def _common_steps(one: Inside, other: Inside) -> int:
    """Returns how many steps two paths have in common from the root on."""
    same = [a == b for a, b in zip(one, other, strict=False)]
    return (*same, False).index(False)


def _follow(root: Name, path: Iterable[str]) -> Name | None:
    """Returns the name at a path, None where none is known."""
    found: Name | None = root
    for step in path:
        found = (found.names or {}).get(step) if found else None
    return found


def _reads(name: Name, release: Ordinal) -> bool:
    return any(is_read(leaf.read, release) for leaf in name.leaves())


@cache
def _places(root: Name) -> Mapping[str, list[tuple[Inside, Name]]]:
    """Returns every place of each name; the fields of a mesh configuration, and of its `defaultConfig`, count
    as well."""
    places: dict[str, list[tuple[Inside, Name]]] = defaultdict(list)

    def walk(path: Inside, name: Name) -> None:
        for key, below in (name.names or {}).items():
            places[key].append(((*path, key), below))
            walk((*path, key), below)
        if name.type == "mesh":
            messages = mesh_types()["messages"]
            for key in messages["MeshConfig"]:
                places[key].append(((*path, key), name))
            for key in messages["ProxyConfig"]:
                places[key].append(((*path, "defaultConfig", key), name))

    walk((), root)
    return places
