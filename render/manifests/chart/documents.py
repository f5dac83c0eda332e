"""What a template prints, as documents of YAML, and these as objects."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import yaml

from render.errors import wrong
from render.manifests.builtin.go_text import KubernetesYaml

HOOK = "helm.sh/hook"
CRD = "CustomResourceDefinition"
_COMPACT = (",", ":")


def split(text: str) -> list[str]:
    """Returns the documents of a text that are not blank."""
    if not text.startswith("---") and "\n---" not in text:
        return [text] if text.strip() else []
    return [part for part in re.split(r"^---[ \t]*$|^---[ \t]+", text, flags=re.MULTILINE) if part.strip()]


def objects(folder: str, printed: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns the objects that templates printed as compact JSON, by kind and name; NOTES.txt is none, and
    CustomResourceDefinitions are left out: clusters share those.

    Of an object that is printed twice the last stands, in the order in which Helm prints them: so what `helm template`
    prints is left by `kubectl apply`. istiod of 1.25 and 1.26 prints its Service twice with `global.remotePilotAddress`
    where it is not remote (`templates/remote-istiod-service.yaml`, `service.yaml`).

    `folder` is the chart's, for messages. `InputError` for what is no object, with the template, and for a hook of
    Helm: only Helm runs those.
    """
    found: dict[tuple[str, ...], str] = {}
    for path, documents in sorted(printed.items()):
        if not path.endswith((".yaml", ".yml", ".json", ".tpl")):
            continue
        for text in documents:
            try:
                made = _object(text)
            except ValueError as error:
                raise wrong("MR282", f"prints {error}", file=f"{folder}/{path}") from None
            if made is None or made.key[0] == CRD:
                continue
            found[made.key] = made.json
    return [text for _, text in sorted(found.items())]


class _Object(NamedTuple):
    """An object as compact JSON; `key` are its kind, API version, namespace and name."""

    key: tuple[str, str, str, str]
    json: str


@lru_cache(maxsize=4096)
def _object(text: str) -> _Object | None:
    """Returns the object of a document, None where it holds nothing: most are the same for every cluster. ValueError
    for what is none, in words."""
    try:
        data = yaml.load(text, KubernetesYaml)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f" in line {mark.line + 1} of the document that begins {_first_line(text)!r}" if mark else ""
        raise ValueError(f"what is not YAML{at}: {getattr(error, 'problem', error)}") from None
    if data is None:
        return None
    if not (isinstance(data, dict) and isinstance(data.get("kind"), str) and isinstance(data.get("apiVersion"), str)):
        raise ValueError(f"what is no object of Kubernetes: {_first_line(text)!r}")
    metadata = data.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    name = about.get("name")
    if not isinstance(name, str):
        raise ValueError(f"a {data['kind']} without a name")
    if HOOK in (about.get("annotations") or {}):
        raise ValueError(f"{data['kind']} {name}, a hook ({HOOK}), which only Helm itself runs")
    key = (data["kind"], data["apiVersion"], str(about.get("namespace") or ""), name)
    return _Object(key, json.dumps(data, separators=_COMPACT, ensure_ascii=False))


def _first_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[0][:60] if lines else ""
