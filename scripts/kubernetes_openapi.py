"""Writes `render/kubernetes/openapi.json`, what Kubernetes publishes of its own kinds, without descriptions.

`python -m scripts.kubernetes_openapi FILE...` reads `api/openapi-spec/swagger.json` of Kubernetes' releases
(Apache-2.0), the oldest first and the newest last, and is run by hand. The Go module `k8s.io/kubernetes` has the file.
The releases are the oldest and the newest that Istio's releases support (`render/specs/releases.yaml`), and the one
that this project applies objects to: 1.27.16, 1.34.4 and 1.36.0. What any of them has is written, as the newest of
them has it. How types are written is told in `render/kubernetes/openapi.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "render/kubernetes/openapi.json"
_KIND = "x-kubernetes-group-version-kind"
_REFERENCE = "#/definitions/"
_FORMATS = {
    "byte": "bytes",
    "date-time": "time",
    "int-or-string": "int-or-string",
    "int32": "int32",
    "int64": "int64",
}
# A quantity may be written as a number too, and of apiextensions' JSON the description says nothing.
_TYPES = {"Quantity": "quantity", "JSON": "any"}


def compact(definitions: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the kinds (`apps/v1 Deployment`) with their type, and the types with their fields."""
    kinds, types = {}, {}
    for name, definition in definitions.items():
        short = _short(name)
        if "properties" in definition:
            required = definition.get("required", ())
            types[short] = {
                field: ("!" if field in required else "") + _type(said, definitions)
                for field, said in definition["properties"].items()
            }
        for kind in definition.get(_KIND, ()):
            stable = "alpha" not in kind["version"]
            if stable and len(definition[_KIND]) == 1 and "metadata" in definition.get("properties", {}):
                version = "/".join(filter(None, (kind["group"], kind["version"])))
                kinds[f"{version} {kind['kind']}"] = short
    return {"kinds": kinds, "types": types}


def _short(name: str) -> str:
    """`apps.v1.Deployment` of `io.k8s.api.apps.v1.Deployment`."""
    return name.removeprefix("io.k8s.api.").removeprefix("io.k8s.")


def _type(said: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in said:
        name = said["$ref"].removeprefix(_REFERENCE)
        if "properties" in definitions[name]:
            return _short(name)
        return _TYPES.get(name.rpartition(".")[2]) or _type(definitions[name], definitions)
    kind = said.get("type")
    if kind == "array":
        how = said.get("x-kubernetes-list-type")
        keys = said.get("x-kubernetes-list-map-keys", ()) if how == "map" else ()
        return f"[{','.join(keys)}{'=' if how == 'set' else ''}]{_type(said['items'], definitions)}"
    if kind == "object" and "additionalProperties" in said:
        return "{}" + _type(said["additionalProperties"], definitions)
    if kind in ("string", "integer", "number", "boolean"):
        return _FORMATS.get(said.get("format", ""), kind)
    return "any"


def main(files: list[str]) -> None:
    kinds: dict[str, str] = {}
    types: dict[str, dict[str, str]] = {}
    for file in files:
        read = compact(json.loads(Path(file).read_bytes())["definitions"])
        kinds |= read["kinds"]
        for name, fields in read["types"].items():
            types[name] = types.get(name, {}) | fields
    used = _reached(kinds, types)
    lines = ["{", '"kinds": {', ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(kinds.items())), "},"]
    lines += ['"types": {']
    lines += [
        ",\n".join(f"{json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in sorted(used.items())),
        "}",
        "}",
    ]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _reached(kinds: Mapping[str, str], types: Mapping[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The types that a kind leads to."""
    found: dict[str, dict[str, str]] = {}
    ahead = list(kinds.values())
    while ahead:
        name = ahead.pop()
        if name in types and name not in found:
            found[name] = types[name]
            ahead += [said.lstrip("!").rpartition("]")[2].rpartition("}")[2] for said in types[name].values()]
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
