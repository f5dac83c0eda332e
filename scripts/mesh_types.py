"""Writes `render/specs/mesh_types.json`, the types of MeshConfig and ProxyConfig, from field types per release:
`python -m scripts.mesh_types FOLDER`.

The folder has one file a minor, `1.30.8.json`, compiled from the proto files of istio.io/api: messages with their
fields by JSON name, and enums. A field is written as one text: `[]` or `{}` before what a list or map holds, the type,
then `one of NAME` where only one field of that group may be set, then the releases that have it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "render/specs/mesh_types.json"
ROOTS = ("istio.mesh.v1alpha1.MeshConfig", "istio.mesh.v1alpha1.MeshNetworks")
_SCALARS = {
    **dict.fromkeys(("int32", "int64", "uint32", "uint64", "sint32", "fixed32"), "integer"),
    **dict.fromkeys(("double", "float"), "number"),
    "bool": "boolean",
    "string": "text",
    "bytes": "bytes",
}
_WELL_KNOWN = {
    "BoolValue": "boolean",
    "StringValue": "text",
    "DoubleValue": "number",
    "FloatValue": "number",
    "Duration": "duration",
    "Timestamp": "text",
    **dict.fromkeys(("Int32Value", "Int64Value", "UInt32Value", "UInt64Value"), "integer"),
    **dict.fromkeys(("Struct", "Value", "Any", "ListValue"), "any"),
}


def mesh_types(files: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, dict[str, str]]]:
    """Returns the tables of all minors (`1.23` to the file's content), oldest first, as one."""
    minors = list(files)
    messages: dict[str, dict[str, dict[str, list[str]]]] = {}
    enums: dict[str, dict[str, list[str]]] = {}
    for minor, data in files.items():
        for name in _reached(data):
            messages.setdefault(_short(name), {})
            for field, about in data["messages"][name].items():
                text = _type(about, data)
                messages.setdefault(_short(name), {}).setdefault(field, {}).setdefault(text, []).append(minor)
        for name, words in data["enums"].items():
            for word in words:
                enums.setdefault(_short(name), {}).setdefault(word, []).append(minor)
    return {
        "messages": {
            name: {field: _newest(texts, minors) for field, texts in sorted(fields.items())}
            for name, fields in sorted(messages.items())
        },
        "enums": {
            name: {word: _span(has, minors) for word, has in words.items()} for name, words in sorted(enums.items())
        },
    }


def _reached(data: Mapping[str, Any]) -> list[str]:
    """Returns the messages that the roots lead to."""
    found: dict[str, None] = {}
    waiting = [root for root in ROOTS if root in data["messages"]]
    while waiting:
        name = waiting.pop()
        if name in found or name not in data["messages"]:
            continue
        found[name] = None
        for about in data["messages"][name].values():
            below = about.get("values") if about["type"] == "map" else about
            waiting += [below["of"]] if isinstance(below, dict) and below.get("of") else []
    return list(found)


def _type(about: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    if about["type"] == "map":
        values = about.get("values")
        return "{}" + (_type(values, data) if isinstance(values, dict) else _SCALARS.get(str(values), "any"))
    text = "[]" if about.get("repeated") else ""
    of = about.get("of", "")
    if about["type"] == "enum":
        text += f"#{_short(of)}"
    elif about["type"] == "message":
        text += _short(of) if of in data["messages"] else _WELL_KNOWN.get(of.rpartition(".")[2], "any")
    else:
        text += _SCALARS[about["type"]]
    return f"{text} one of {about['oneof']}" if about.get("oneof") else text


def _newest(texts: Mapping[str, list[str]], minors: list[str]) -> str:
    """Returns a field's text with the minors that have it: the newest type, where it changed."""
    has = [minor for minor in minors if any(minor in listed for listed in texts.values())]
    return f"{list(texts)[-1]} {_span(has, minors)}".rstrip()


def _span(has: list[str], minors: list[str]) -> str:
    """Returns the minors as `values/` writes them: `1.27..1.30` is from 1.27 on and before 1.30, empty is all."""
    first = "" if has[0] == minors[0] else has[0]
    after = minors[minors.index(has[-1]) + 1 :]
    return f"{first}..{after[0] if after else ''}" if first or after else ""


def _short(name: str) -> str:
    return name.removeprefix("istio.mesh.v1alpha1.").removeprefix("istio.networking.v1alpha3.")


def _minor(file: Path) -> tuple[int, ...]:
    return tuple(map(int, file.stem.partition("-")[0].split(".")[:2]))


def main(folder: str) -> None:
    files = sorted(Path(folder).glob("1.*.json"), key=_minor)
    tables = {".".join(map(str, _minor(file))): json.loads(file.read_bytes()) for file in files}
    FILE.write_text(json.dumps(mesh_types(tables), indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
