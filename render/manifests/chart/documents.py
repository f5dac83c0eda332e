"""What a template prints, as documents of YAML, and these as objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from render.charts.chart import Chart
from render.errors import wrong
from render.manifests.builtin.go_text import KubernetesYaml

HOOK = "helm.sh/hook"
CRD = "CustomResourceDefinition"
_COMPACT = (",", ":")


def split(text: str) -> list[str]:
    """Returns the documents of a text that are not blank."""
    return [part for part in re.split(r"^---[ \t]*$|^---[ \t]+", text, flags=re.MULTILINE) if part.strip()]


def objects(chart: Chart, folder: str, printed: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns the objects that templates printed as compact JSON, by kind and name; NOTES.txt is none, and
    CustomResourceDefinitions are left out: clusters share those.

    `folder` is the chart's, for messages. `InputError` for what is no object, with the template, and for a hook of
    Helm: only Helm runs those.
    """
    found = {}
    for path, documents in sorted(printed.items()):
        if path.endswith((".yaml", ".yml", ".json", ".tpl")):
            for data in _objects(documents, f"{folder}/{path}"):
                if data["kind"] == CRD:
                    continue
                key = (data["kind"], data["apiVersion"], str(_metadata(data).get("namespace") or ""), _name(data))
                if key in found:
                    raise wrong(
                        "MR282", f"{chart.title} prints {data['kind']} {_name(data)} twice", file=f"{folder}/{path}"
                    )
                found[key] = json.dumps(data, separators=_COMPACT, ensure_ascii=False)
    return [text for _, text in sorted(found.items())]


def _objects(documents: Iterable[str], place: str) -> Iterator[dict[str, Any]]:
    for text in documents:
        try:
            data = yaml.load(text, KubernetesYaml)  # noqa: S506 - a safe loader
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            at = f" in line {mark.line + 1} of the document that begins {_first_line(text)!r}" if mark else ""
            raise wrong(
                "MR282", f"prints what is not YAML{at}: {getattr(error, 'problem', error)}", file=place
            ) from None
        if data is None:
            continue
        if not (
            isinstance(data, dict) and isinstance(data.get("kind"), str) and isinstance(data.get("apiVersion"), str)
        ):
            raise wrong("MR282", f"prints what is no object of Kubernetes: {_first_line(text)!r}", file=place)
        if not isinstance(_name(data), str):
            raise wrong("MR282", f"prints a {data['kind']} without a name", file=place)
        if HOOK in (_metadata(data).get("annotations") or {}):
            message = f"prints {data['kind']} {_name(data)}, a hook ({HOOK}), which only Helm itself runs"
            raise wrong("MR282", message, file=place)
        yield data


def _metadata(data: Mapping[str, Any]) -> Mapping[str, Any]:
    found = data.get("metadata")
    return found if isinstance(found, dict) else {}


def _name(data: Mapping[str, Any]) -> Any:
    return _metadata(data).get("name")


def _first_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[0][:60] if lines else ""
