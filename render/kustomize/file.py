"""`kustomization.yaml`: the fields that meshrev builds itself, and a way out for all others."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from render.errors import InputError
from render.kustomize.kustomization import CommonFields, Kustomization, LabelSet, PatchEntry
from render.kustomize.objects import DIRECTIVE
from render.kustomize.paths import is_below, path_behind_links
from render.kustomize.reader import Reader
from render.kustomize.report import Report, Spot
from render.kustomize.targets import FIELDS as TARGET_FIELDS
from render.kustomize.targets import SelectorError, is_label_key, is_label_value, target
from render.messages import did_you_mean, short, value_text
from render.yamlio.documents import parse
from render.yamlio.location import Place

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_API_VERSIONS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    "Component": "kustomize.config.k8s.io/v1alpha1",
}
_FIELDS = (
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "components",
    "patches",
    "namespace",
    "labels",
    "commonLabels",
    "commonAnnotations",
)
_REPLACED = {
    "bases": "list the folder under resources",
    "patchesStrategicMerge": "write `patches: [{path: FILE}]`",
    "patchesJson6902": "write `patches: [{path: FILE, target: {kind: ..., name: ...}}]`",
}
_NOT_BUILT = (
    *("namePrefix", "nameSuffix", "images", "imageTags", "replicas", "replacements", "vars", "crds", "openapi"),
    *("configMapGenerator", "secretGenerator", "generatorOptions", "helmCharts", "helmGlobals"),
    *("helmChartInflationGenerator", "configurations", "generators", "transformers", "validators", "inventory"),
    *("buildMetadata", "sortOptions"),
)
_OPTIONS = ("allowNameChange", "allowKindChange")
_BAD = object()
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


class KustomizationFile(NamedTuple):
    """The path of a kustomization file, or else what the problem is."""

    path: str
    problem: str


def find(folder: str, reader: Reader) -> KustomizationFile:
    """Returns the kustomization file of a folder, or why there is not exactly one."""
    names = reader.entries(folder)
    found = [name for name in NAMES if name in names]
    if len(found) == 1:
        file = posixpath.normpath(f"{folder}/{found[0]}")
        if _is_read(file, folder, reader):
            return KustomizationFile(file, "")
        return KustomizationFile("", f"has {found[0]} only as a symbolic link out of it, which Kustomize does not read")
    if found:
        return KustomizationFile("", f"has {' and '.join(found)}; Kustomize takes exactly one of them")
    if not reader.is_folder(folder):
        return KustomizationFile("", "does not exist")
    # Flux builds such a folder as if it had one: https://fluxcd.io/flux/components/kustomize/kustomizations/
    way = "write one, or: kustomize create --autodetect --recursive"
    return KustomizationFile("", f"has no kustomization.yaml ({way})")


def _is_read(file: str, folder: str, reader: Reader) -> bool:
    """Returns whether Kustomize takes a kustomization from there: where it is a link, it leads to a file below the
    folder."""
    try:
        return is_below(path_behind_links(file, reader), path_behind_links(folder, reader))
    except InputError:  # told by whoever reads it
        return True


def load(file: str, report: Report) -> Kustomization:
    """Returns the kustomization of a file, without what is wrong in it, which is reported.

    Raises `InputError` where the file cannot be read at all.
    """
    text = report.reader.read(file)
    documents = parse(text, file, yaml_1_1=True)
    if not documents:
        return Kustomization(Spot(Place(file)), text)
    spot = Spot(documents[0].place)
    if len(documents) > 1:
        report.error("MR022", "is a second document; Kustomize reads only the first", Spot(documents[1].place))
    if documents[0].has_directive:
        report.error("MR022", DIRECTIVE, spot)
    data = documents[0].data
    if not isinstance(data, dict):
        report.error("MR022", f"a kustomization is a mapping, not {value_text(data)}", spot)
        data = {}
    return _Fields(data, spot, report).kustomization(text)


class _Fields:
    """The fields of one mapping of a kustomization, each checked as it is taken."""

    def __init__(self, data: Mapping[str, Any], at: Spot, report: Report) -> None:
        self.data = data
        self.at = at
        self.report = report

    def kustomization(self, text: bytes) -> Kustomization:
        self._only_known()
        kind = self._text("kind") or "Kustomization"
        if kind not in _API_VERSIONS:
            self._wrong("kind", f"must be Kustomization or Component, not {kind}")
        elif (api_version := self._text("apiVersion")) not in ("", _API_VERSIONS[kind]):
            self._wrong("apiVersion", f"must be {_API_VERSIONS[kind]} for a {kind}, not {api_version}")
        labels = [labels for entry in self._entries("labels") if (labels := entry.labels())]
        if common := self._pairs("commonLabels", are_labels=True):
            labels.append(LabelSet(common, selectors=True))
        fields = CommonFields(self._namespace(), tuple(labels), self._pairs("commonAnnotations"))
        return Kustomization(
            at=self.at,
            text=text,
            component=kind == "Component",
            resources=self._paths("resources"),
            components=self._paths("components"),
            patches=tuple(patch for entry in self._entries("patches") if (patch := entry.patch())),
            fields=fields if fields.namespace or fields.labels or fields.annotations else None,
        )

    def labels(self) -> LabelSet | None:
        self._only("an entry of labels", "pairs", "includeSelectors", "includeTemplates")
        pairs = self._pairs("pairs", are_labels=True)
        return LabelSet(pairs, self._flag("includeSelectors"), self._flag("includeTemplates")) if pairs else None

    def patch(self) -> PatchEntry | None:
        self._only("a patch", "path", "patch", "target", "options")
        path, text = self._text("path"), self._text("patch")
        if bool(path) == bool(text.strip()):
            self.report.error("MR022", "needs either path or patch" + (", not both" if path else ""), self.at)
            return None
        for option in self._mapping("options"):
            self._option(option)
        target = self._target()
        return None if target is _BAD else PatchEntry(path, text, target, self.at)

    def _option(self, option: str) -> None:
        at = self.at.below("options", option)
        if option not in _OPTIONS:
            self.report.error("MR022", f"is not an option of a patch{did_you_mean(option, _OPTIONS)}", at)
        elif self.data["options"][option]:
            self.report.error(
                "MR020", f"is not built by meshrev, which keeps names as written; {self.report.way_out}", at
            )

    def _target(self) -> Any:
        if self.data.get("target") is None:
            return None
        fields = _Fields(self._mapping("target"), self.at.below("target"), self.report)
        fields._only("a target", *TARGET_FIELDS)
        try:
            return target({field: fields._text(field) for field in TARGET_FIELDS if field in fields.data})
        except SelectorError as error:
            fields._wrong(error.field, error.message, "MR030")
            return _BAD

    def _only_known(self) -> None:
        for field in self.data:
            at = self.at.below(field)
            if field in _REPLACED:
                self.report.error(
                    "MR021", f"is Kustomize's old form, which meshrev does not read; {_REPLACED[field]}", at
                )
            elif field in _NOT_BUILT:
                self.report.error("MR020", f"is not built by meshrev; {self.report.way_out}", at)
            elif field not in _FIELDS:
                known = did_you_mean(field, (*_FIELDS, *_NOT_BUILT, *_REPLACED))
                self.report.error("MR022", f"is not a field of a kustomization{known}", at)

    def _only(self, what: str, *known: str) -> None:
        for field in self.data:
            if field == "fields" or field == "includeVolumeClaimTemplates":
                self.report.error("MR020", f"is not built by meshrev; {self.report.way_out}", self.at.below(field))
            elif field not in known:
                message = f"is not a field of {what}{did_you_mean(field, known)}"
                self.report.error("MR022", message, self.at.below(field))

    def _text(self, field: str) -> str:
        value = self.data.get(field)
        if value is None or isinstance(value, str):
            return value or ""
        self._wrong(field, f"must be text, not {value_text(value)}{_quotes(value)}")
        return ""

    def _flag(self, field: str) -> bool:
        value = self.data.get(field)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._wrong(field, f"must be true or false, not {value_text(value)}")
        return False

    def _mapping(self, field: str) -> Mapping[str, Any]:
        value = self.data.get(field)
        if value is None or isinstance(value, dict):
            return value or {}
        self._wrong(field, f"must be a mapping, not {value_text(value)}")
        return {}

    def _pairs(self, field: str, are_labels: bool = False) -> tuple[tuple[str, str], ...]:
        """Returns labels or annotations. What a cluster would refuse is an error here, where it is written."""
        fields = _Fields(self._mapping(field), self.at.below(field), self.report)
        pairs = tuple((key, fields._text(key)) for key in fields.data)
        for key, value in pairs:
            if not is_label_key(key):
                fields._wrong(key, "is not a name that a label or annotation can have")
            elif are_labels and not is_label_value(value):
                fields._wrong(key, f"{short(value)} is not a value that a label can have")
        return pairs

    def _namespace(self) -> str:
        namespace = self._text("namespace")
        if namespace and not _NAMESPACE.fullmatch(namespace):
            self._wrong("namespace", f"{short(namespace)} is not a name that a namespace can have")
        return namespace

    def _list(self, field: str) -> list[Any]:
        value = self.data.get(field)
        if value is None or isinstance(value, list):
            return value or []
        self._wrong(field, f"must be a list, not {value_text(value)}")
        return []

    def _paths(self, field: str) -> tuple[tuple[Spot, str], ...]:
        found = []
        for index, entry in enumerate(self._list(field)):
            at = self.at.below(field, index)
            if isinstance(entry, str) and entry:
                found.append((at, entry))
            else:
                self.report.error("MR022", f"must be a path, not {value_text(entry)}{_quotes(entry)}", at)
        return tuple(found)

    def _entries(self, field: str) -> list[_Fields]:
        found = []
        for index, entry in enumerate(self._list(field)):
            at = self.at.below(field, index)
            if isinstance(entry, dict):
                found.append(_Fields(entry, at, self.report))
            else:
                hint = f" (write `- path: {entry}`)" if isinstance(entry, str) and field == "patches" else ""
                self.report.error("MR022", f"must be a mapping, not {value_text(entry)}{hint}", at)
        return found

    def _wrong(self, field: str, message: str, code: str = "MR022") -> None:
        self.report.error(code, message, self.at.below(field))


def _quotes(value: Any) -> str:
    if isinstance(value, bool):
        return "; put it in quotes (yes, no, on, off, y and n mean true and false in this file)"
    return "; put it in quotes" if isinstance(value, int | float) else ""
