"""Rules of one object that a schema cannot say: what must agree with what, and what is accepted but without effect.

Rules between objects are in `clusters.py` and in the plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from posixpath import normpath
from typing import Any

from render.messages import FieldPath, Mistake, shown
from render.specs import releases
from render.specs.program_version import version_mistake
from render.specs.values import check_values
from render.yamlio.location import value_at

Data = Mapping[str, Any]

# A revision's name is the value of the label istio.io/rev, which Kubernetes limits to 63 characters. It is also the
# end of the name of istiod's Service, `istiod-<revision>`, and that name has the same limit.
LONGEST_NAME = 63
SERVICE_PREFIX = "istiod-"

NAME = ("metadata", "name")
NAMESPACE = ("spec", "namespace")
VERSION = ("spec", "version")
VALUES = ("spec", "values")
STRATEGY = ("spec", "updateStrategy", "type")
ISTIO_NAMESPACE = ("spec", "values", "global", "istioNamespace")
REVISION = ("spec", "values", "revision")
SOURCE = ("spec", "source")
FORGE = ("spec", "forge")
REQUIRED_VERSION = ("spec", "requiredVersion")
OVERLAYS = ("spec", "overlays")
OUTPUT = ("spec", "output")
DELIVERY = ("spec", "delivery")
OBSERVED = ("spec", "observation", "path")
WAIVERS = ("spec", "waivers")

# Folders of the tree beside those of the clusters.
RESERVED = ("delivery", "shared")


@dataclass(frozen=True, slots=True)
class Rule:
    """`find` may look at the fields `reads` only: where one of them is broken already, the rule is not asked."""

    reads: tuple[FieldPath, ...]
    find: Callable[[Data], Iterator[Mistake]]


def rule_mistakes(rules: Iterable[Rule], data: Data, broken: Iterable[Mistake]) -> Iterator[Mistake]:
    """What the rules find in an object that differs from its schema as `broken` says."""
    paths = [mistake.path for mistake in broken]
    for rule in rules:
        if not any(_touches(path, read) for path in paths for read in rule.reads):
            yield from rule.find(data)


def _touches(one: FieldPath, other: FieldPath) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _same_namespace(data: Data) -> Iterator[Mistake]:
    namespace = value_at(data, *NAMESPACE) or "istio-system"
    found = value_at(data, *ISTIO_NAMESPACE)
    if found is None and data["kind"] == "IstioRevision":
        yield Mistake("MR048", ISTIO_NAMESPACE, f"is missing (must be spec.namespace, {namespace})")
    elif found not in (None, namespace):
        yield Mistake("MR048", ISTIO_NAMESPACE, f"must be spec.namespace, {namespace}, found {shown(found)}")


def _same_revision(data: Data) -> Iterator[Mistake]:
    name, found = value_at(data, *NAME), value_at(data, *REVISION) or ""
    if name == "default" and found:
        yield Mistake("MR049", REVISION, f"must be empty or absent for the revision default, found {shown(found)}")
    elif name not in ("default", found):
        message = f"must be the revision's name, {name}, found {shown(found or None)}"
        yield Mistake("MR049", REVISION, message)


def _revision_name(data: Data) -> Iterator[Mistake]:
    name = value_at(data, *NAME)
    if value_at(data, *STRATEGY) != "RevisionBased":
        yield from _service_name(name)
        return
    revision = f"{name}-{releases.resolve(value_at(data, *VERSION)).replace('.', '-')}"
    over = len(revision) - LONGEST_NAME
    if over > 0:
        message = (
            f"the revision would be called {revision}, {len(revision)} characters; a revision's name has at most"
            f" {LONGEST_NAME} (a name of {len(name) - over} fits)"
        )
        yield Mistake("MR050", NAME, message)
    else:
        yield from _service_name(revision)


def _own_name(data: Data) -> Iterator[Mistake]:
    yield from _service_name(value_at(data, *NAME))


def _service_name(revision: str) -> Iterator[Mistake]:
    service = f"{SERVICE_PREFIX}{revision}"
    if len(service) > LONGEST_NAME:
        message = (
            f"the Service of this revision would be called {service}, {len(service)} characters, and Kubernetes"
            f" accepts {LONGEST_NAME}: a cluster will refuse it (choose a shorter name)"
        )
        yield Mistake("MR050", NAME, message, "warning")


def _values(data: Data) -> Iterator[Mistake]:
    """Helm and Sail ignore a value that they do not know, and nobody is told."""
    values = value_at(data, *VALUES)
    if isinstance(values, dict):
        yield from check_values(data["kind"], value_at(data, *VERSION), values, VALUES)


def _no_effect(path: FieldPath, instead: str) -> Rule:
    def find(data: Data) -> Iterator[Mistake]:
        if value_at(data, *path):
            yield Mistake("MR051", path, f"is accepted and has no effect: {instead}")

    return Rule((path,), find)


def _source(data: Data) -> Iterator[Mistake]:
    path = (*SOURCE, "path")
    source = value_at(data, *SOURCE) or {}
    if source.get("type") == "chart":
        yield Mistake("MR047", (*SOURCE, "type"), "chart is not supported yet: use builtin, which needs no Helm")
    elif "path" in source:
        yield Mistake("MR062", path, "only type chart has a path")


def _forge(data: Data) -> Iterator[Mistake]:
    forge = value_at(data, *FORGE) or {}
    kind = forge.get("type", "none")
    if kind == "none":
        for name in sorted(forge.keys() - {"type"}):
            yield Mistake("MR062", (*FORGE, name), "has no effect without a type (github, gitlab or gitea)")
    elif kind != "gitlab" and forge.get("project", "").count("/") > 1:
        yield Mistake("MR062", (*FORGE, "project"), "is owner/name (only GitLab has groups in groups)")
    if "@" in forge.get("url", ""):  # of which the message shows nothing
        yield Mistake("MR062", (*FORGE, "url"), "holds a name or password (the token comes from the environment only)")
    for index, name in enumerate(forge.get("reviewers", ())):
        if kind == "gitlab" and "/" in name:
            yield Mistake("MR062", (*FORGE, "reviewers", index), "is a user's name (GitLab has no teams as reviewers)")


def _repository(data: Data) -> Iterator[Mistake]:
    """A token in a URL would be committed, and shown by every tool that shows the URL."""
    if re.search("://[^/]*:[^/]*@", value_at(data, *DELIVERY, "repoURL") or ""):
        path = (*DELIVERY, "repoURL")
        yield Mistake("MR062", path, "holds a password, which does not belong in git: Argo CD keeps it in a Secret")


# Fields of `spec.delivery` that only one controller knows.
_ONLY_OF = {"destination": "argocd", "automated": "argocd", "interval": "flux", "source": "flux"}


def _of_another_controller(data: Data) -> Iterator[Mistake]:
    delivery = value_at(data, *DELIVERY) or {}
    for name, only in _ONLY_OF.items():
        if name in delivery and delivery.get("type", only) != only:
            message = f"is accepted and has no effect: it is for type {only}"
            yield Mistake("MR051", (*DELIVERY, name), message)


def _required_version(data: Data) -> Iterator[Mistake]:
    yield from version_mistake(value_at(data, *REQUIRED_VERSION))


def _overlays(data: Data) -> Iterator[Mistake]:
    overlays = normpath(value_at(data, *OVERLAYS) or "overlays/*")
    output = normpath(value_at(data, *OUTPUT) or "rendered")
    if "**" in overlays:
        yield Mistake("MR062", OVERLAYS, "** is not supported (write one * for each level of folders)")
    if f"{overlays}/".startswith(f"{output}/"):
        yield Mistake("MR062", OVERLAYS, f"lies in the output folder, {output}, which is written and not read")


def _observed(data: Data) -> Iterator[Mistake]:
    output = normpath(value_at(data, *OUTPUT) or "rendered")
    if f"{normpath(value_at(data, *OBSERVED) or 'observed')}/".startswith(f"{output}/"):
        yield Mistake("MR062", OBSERVED, f"lies in the output folder, {output}, where only rendered files belong")


def _in_git(path: FieldPath) -> Rule:
    """Whatever is written below `.git` may be run by git or break it, and git commits nothing of that name in whatever
    case (https://git-scm.com/docs/git-config, core.protectNTFS and core.protectHFS)."""

    def find(data: Data) -> Iterator[Mistake]:
        folder = value_at(data, *path) or ""
        if ".git" in normpath(folder).lower().split("/"):
            yield Mistake("MR062", path, f"lies in {shown(folder)}, a folder of git's own: choose one beside it")

    return Rule((path,), find)


def _waivers(data: Data) -> Iterator[Mistake]:
    for index, waiver in enumerate(value_at(data, *WAIVERS) or ()):
        if "until" in waiver and not _is_day(waiver["until"]):
            yield Mistake("MR062", (*WAIVERS, index, "until"), f"there is no day {waiver['until']}")


def _reserved(data: Data) -> Iterator[Mistake]:
    name = value_at(data, *NAME)
    if name in RESERVED:
        message = f"a cluster cannot be called {name}: the rendered tree has a folder of that name for all clusters"
        yield Mistake("MR061", NAME, message)


def _secret(data: Data) -> Iterator[Mistake]:
    for field in ("data", "stringData"):
        if data.get(field):
            message = (
                "a Secret with data does not belong in a git repository (make it in the cluster, or keep it"
                " encrypted for a controller to open; a waiver of MR060 in meshrev.yaml accepts this one)"
            )
            yield Mistake("MR060", (field,), message)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_NO_DEFAULT_REVISION = _no_effect(
    ("spec", "values", "defaultRevision"), "the IstioRevisionTag named default says which revision is the default"
)

# Rules of Sail's API, and what the tree needs of the names of revisions.
_KNOWN_VALUES = Rule((VERSION,), _values)

ISTIO = (
    Rule((NAMESPACE, ISTIO_NAMESPACE), _same_namespace),
    Rule((NAME, VERSION, STRATEGY), _revision_name),
    _no_effect(("spec", "updateStrategy", "updateWorkloads"), "workloads follow their namespace's labels and the tags"),
    _no_effect(REVISION, "the revision's own name is written here"),
    _NO_DEFAULT_REVISION,
    _KNOWN_VALUES,
)
ISTIO_REVISION = (
    Rule((NAMESPACE, ISTIO_NAMESPACE), _same_namespace),
    Rule((NAME, REVISION), _same_revision),
    Rule((NAME,), _own_name),
    _NO_DEFAULT_REVISION,
    _KNOWN_VALUES,
)
NODE_AGENT = (_KNOWN_VALUES,)
FLEET = (
    Rule((SOURCE,), _source),
    Rule((FORGE,), _forge),
    Rule((REQUIRED_VERSION,), _required_version),
    Rule((OVERLAYS, OUTPUT), _overlays),
    Rule((OBSERVED, OUTPUT), _observed),
    _in_git(OUTPUT),
    _in_git(OBSERVED),
    Rule((WAIVERS,), _waivers),
    Rule((DELIVERY,), _repository),
)
CLUSTER = (
    Rule((NAME,), _reserved),
    Rule((SOURCE,), _source),
    Rule((REQUIRED_VERSION,), _required_version),
    Rule((DELIVERY,), _of_another_controller),
)

# The design's eighth rule: a fleet repo holds no secrets. What Istio needs is referred to by name and made elsewhere.
SECRET = (Rule(((),), _secret),)
