"""What is handed over to `import`, read: objects one by one with their places, and Helm values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from render.errors import wrong
from render.finding import Finding
from render.messages import FieldPath, field_text, value_text
from render.operations.adopt.adoption import UNREADABLE
from render.yamlio.documents import parse
from render.yamlio.location import map_at, value_at
from render.yamlio.positions import locate_deepest


@dataclass(frozen=True, slots=True)
class DumpObject:
    """An object, and where it was handed over: `inside` leads to it in its document."""

    data: Mapping[str, Any]
    file: str
    content: bytes
    index: int
    inside: FieldPath = ()

    @property
    def kind(self) -> str:
        return str(self.data.get("kind"))

    @property
    def group(self) -> str:
        return str(self.data.get("apiVersion") or "").rpartition("/")[0]

    @property
    def name(self) -> str:
        return str(self.metadata.get("name") or "")

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "")

    @property
    def metadata(self) -> Mapping[str, Any]:
        return map_at(self.data, "metadata")

    @property
    def labels(self) -> Mapping[str, Any]:
        return map_at(self.data, "metadata", "labels")

    @property
    def annotations(self) -> Mapping[str, Any]:
        return map_at(self.data, "metadata", "annotations")

    @property
    def title(self) -> str:
        """`Kind/namespace/name`, as findings name objects."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)

    def finding(self, code: str, message: str, path: FieldPath = (), **more: Any) -> Finding:
        """Returns a finding at a field of the object."""
        (line, column), _ = locate_deepest(self.content, self.index, (*self.inside, *path))
        field = field_text(path) or None
        return Finding(code, message, file=self.file, line=line, column=column, object=self.title, field=field, **more)


@dataclass(frozen=True, slots=True)
class ValuesFile:
    """Helm values: the file's name, and what it says."""

    file: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dump:
    """All that was handed over."""

    objects: tuple[DumpObject, ...]
    values: tuple[ValuesFile, ...]

    def of(self, kind: str, group: str | None = None) -> list[DumpObject]:
        """Returns the objects of a kind, of any group where none is said."""
        return [one for one in self.objects if one.kind == kind and group in (None, one.group)]


def maps_at(data: Any, *path: str) -> list[Mapping[str, Any]]:
    """Returns the maps of the list at a path, in its order; what is none is left out, as nobody checked the dump."""
    found = value_at(data, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def read_dump(files: Iterable[tuple[str, bytes]]) -> Dump:
    """Returns what files (name and content) hold: objects of kubectl's lists or as documents, in YAML or JSON, and a
    document without a kind as Helm values. `InputError` for what is none of these."""
    objects: list[DumpObject] = []
    values: list[ValuesFile] = []
    for file, content in files:
        for document in parse(content, file, yaml_1_1=True):
            data = document.data
            if data is None:
                continue
            if not isinstance(data, dict):
                raise wrong(UNREADABLE, f"is {value_text(data)}: expected objects or Helm values", file=file)
            if "kind" not in data:
                values.append(ValuesFile(file, data))
            elif str(data["kind"]).endswith("List") and isinstance(data.get("items"), list):
                objects += [
                    DumpObject(one, file, content, document.index, ("items", number))
                    for number, one in enumerate(data["items"])
                    if isinstance(one, dict)
                ]
            else:
                objects.append(DumpObject(data, file, content, document.index))
    return Dump(tuple(objects), tuple(values))
