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

from render.areas import RESERVED
from render.kubernetes.sops import is_encrypted
from render.kubernetes.syntax import subdomain
from render.kustomize.problem import Problem
from render.messages import FieldPath, did_you_mean, value_text
from render.specs import releases
from render.specs.build import INJECTOR_ANNOTATION, SOURCE_ANNOTATION
from render.specs.kinds import KUSTOMIZATION_FIELDS
from render.specs.mesh_gateway import CANARY, GATEWAY, canary_of_deployment, one_form
from render.specs.required_version import version_problem
from render.specs.topology import TOPOLOGY, address_trouble, topology_problems
from render.specs.values.check import check_values
from render.yamlio.location import value_at

Data = Mapping[str, Any]

# A revision's name is the value of the label istio.io/rev, which Kubernetes limits to 63 characters. It is also the
# end of the name of istiod's Service, `istiod-<revision>`, and that name has the same limit.
LONGEST_NAME = 63
SERVICE_PREFIX = "istiod-"

_SOURCES = ("builtin", "chart")
NAME = ("metadata", "name")
NAMESPACE = ("spec", "namespace")
VERSION = ("spec", "version")
VALUES = ("spec", "values")
STRATEGY = ("spec", "updateStrategy", "type")
ISTIO_NAMESPACE = ("spec", "values", "global", "istioNamespace")
REVISION = ("spec", "values", "revision")
REMOTE_ADDRESS = ("spec", "values", "global", "remotePilotAddress")
KUBERNETES = ("spec", "kubernetes", "version")
KUBERNETES_VERSION = ("spec", "kubernetesVersion")
SOURCE = ("spec", "source")
FORGE = ("spec", "forge")
REQUIRED_VERSION = ("spec", "requiredVersion")
OVERLAYS = ("spec", "overlays")
OUTPUT = ("spec", "output")
DELIVERY = ("spec", "delivery")
OBSERVED = ("spec", "observation", "path")
WAIVERS = ("spec", "waivers")


@dataclass(frozen=True, slots=True)
class Validation:
    """`find` may look at the fields `reads` only: where one of them is broken already, the rule is not asked."""

    reads: tuple[FieldPath, ...]
    find: Callable[[Data], Iterator[Problem]]


def rule_problems(rules: Iterable[Validation], data: Data, broken: Iterable[Problem]) -> Iterator[Problem]:
    """Yields what the rules find in an object that differs from its schema as `broken` says."""
    paths = [problem.path for problem in broken]
    for rule in rules:
        if not any(_touches(path, read) for path in paths for read in rule.reads):
            yield from rule.find(data)


def _touches(one: FieldPath, other: FieldPath) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _same_namespace(data: Data) -> Iterator[Problem]:
    namespace = value_at(data, *NAMESPACE) or "istio-system"
    found = value_at(data, *ISTIO_NAMESPACE)
    if found is None and data["kind"] == "IstioRevision":
        yield Problem("MR048", f"is missing (must be spec.namespace, {namespace})", path=ISTIO_NAMESPACE)
    elif found not in (None, namespace):
        yield Problem("MR048", f"must be spec.namespace, {namespace}, found {value_text(found)}", path=ISTIO_NAMESPACE)


def _same_revision(data: Data) -> Iterator[Problem]:
    name, found = value_at(data, *NAME), value_at(data, *REVISION) or ""
    if name == "default" and found:
        yield Problem(
            "MR049", f"must be empty or absent for the revision default, found {value_text(found)}", path=REVISION
        )
    elif name not in ("default", found):
        message = f"must be the revision's name, {name}, found {value_text(found or None)}"
        yield Problem("MR049", message, path=REVISION)


def _revision_name(data: Data) -> Iterator[Problem]:
    name = value_at(data, *NAME)
    if value_at(data, *STRATEGY) != "RevisionBased":
        yield from service_name_problems(name, name)
        return
    version = value_at(data, *VERSION)
    release = releases.resolve(version) if releases.is_alias(version) else version
    yield from service_name_problems(f"{name}-{release.replace('.', '-')}", name)


def _own_name(data: Data) -> Iterator[Problem]:
    yield from service_name_problems(value_at(data, *NAME), value_at(data, *NAME))


def service_name_problems(revision: str, name: str, path: FieldPath = NAME) -> Iterator[Problem]:
    """Yields a problem where the Service of a revision's istiod gets too long a name. `name`, at `path`, is the text
    which the revision is called after."""
    service = f"{SERVICE_PREFIX}{revision}"
    over = len(service) - LONGEST_NAME
    if over > 0:
        message = (
            f"the Service of this revision would be called {service}, {len(service)} characters, and Kubernetes"
            f" accepts {LONGEST_NAME} (a name of {len(name) - over} fits)"
        )
        yield Problem("MR050", message, path=path)


def _values(data: Data) -> Iterator[Problem]:
    """Helm and Sail ignore a value that they do not know, and nobody is told."""
    values = value_at(data, *VALUES)
    if isinstance(values, dict):
        yield from check_values(data["kind"], value_at(data, *VERSION), values, VALUES)


def _no_effect(path: FieldPath, instead: str) -> Validation:
    def find(data: Data) -> Iterator[Problem]:
        if value_at(data, *path):
            yield Problem("MR051", f"is accepted and has no effect: {instead}", path=path)

    return Validation((path,), find)


def _source(data: Data) -> Iterator[Problem]:
    path = (*SOURCE, "path")
    source = value_at(data, *SOURCE) or {}
    if source.get("type") != "chart":
        if "path" in source:
            yield Problem("MR062", "only type chart has a path", path=path)
        if "helm" in source:
            yield Problem("MR062", "only type chart is rendered by Helm", path=(*SOURCE, "helm"))


def _source_annotation(data: Data) -> Iterator[Problem]:
    """One spec may take its manifests from elsewhere than its cluster does."""
    path = ("metadata", "annotations", SOURCE_ANNOTATION)
    found = value_at(data, *path)
    if found is not None and found not in _SOURCES:
        guess = did_you_mean(str(found), _SOURCES)
        yield Problem("MR044", f"{value_text(found)} is not one of {', '.join(_SOURCES)}{guess}", path=path)


def _injector_annotation(data: Data) -> Iterator[Problem]:
    """The name of an object, as an API server takes it."""
    path = ("metadata", "annotations", INJECTOR_ANNOTATION)
    found = value_at(data, *path)
    expected = subdomain(found) if isinstance(found, str) else None
    if expected:
        yield Problem("MR045", f"{value_text(found)} is not the name of an object: {expected}", path=path)


def _charts_path(data: Data) -> Iterator[Problem]:
    folder = normpath(value_at(data, *SOURCE, "path") or "charts")
    output = normpath(value_at(data, *OUTPUT) or "rendered")
    if f"{folder}/".startswith(f"{output}/"):
        message = f"lies in the output folder, {output}, where only rendered files belong"
        yield Problem("MR062", message, path=(*SOURCE, "path"))


def _forge(data: Data) -> Iterator[Problem]:
    forge = value_at(data, *FORGE) or {}
    kind = forge.get("type", "none")
    if kind == "none":
        for name in sorted(forge.keys() - {"type"}):
            yield Problem("MR062", "has no effect without a type (github, gitlab or gitea)", path=(*FORGE, name))
    elif kind != "gitlab" and forge.get("project", "").count("/") > 1:
        yield Problem("MR062", "is owner/name (only GitLab has groups in groups)", path=(*FORGE, "project"))
    if "@" in forge.get("url", ""):  # of which the message shows nothing
        message = "holds a name or password (the token comes from the environment only)"
        yield Problem("MR062", message, path=(*FORGE, "url"))
    for index, name in enumerate(forge.get("reviewers", ())):
        if kind == "gitlab" and "/" in name:
            message = "is a user's name (GitLab has no teams as reviewers)"
            yield Problem("MR062", message, path=(*FORGE, "reviewers", index))


def _repository(data: Data) -> Iterator[Problem]:
    """A token in a URL would be committed, and shown by every tool that shows the URL."""
    if re.search("://[^/]*:[^/]*@", value_at(data, *DELIVERY, "repoURL") or ""):
        path = (*DELIVERY, "repoURL")
        yield Problem(
            "MR062", "holds a password, which does not belong in git: Argo CD keeps it in a Secret", path=path
        )


def _project(data: Data) -> Iterator[Problem]:
    delivery = value_at(data, *DELIVERY) or {}
    if delivery.get("renderProject") and delivery.get("project", "default") == "default":
        message = "needs spec.delivery.project with a name of its own (default is Argo CD's, and anybody's)"
        yield Problem("MR062", message, path=(*DELIVERY, "renderProject"))


# Fields of `spec.delivery` that only one controller knows.
_ONLY_OF = {
    "destination": "argocd",
    "automated": "argocd",
    "interval": "flux",
    "source": "flux",
    "stages": "flux",
    **dict.fromkeys(KUSTOMIZATION_FIELDS, "flux"),
}


def _of_another_controller(data: Data) -> Iterator[Problem]:
    delivery = value_at(data, *DELIVERY) or {}
    for name, only in _ONLY_OF.items():
        if name in delivery and delivery.get("type", only) != only:
            message = f"is accepted and has no effect: it is for type {only}"
            yield Problem("MR051", message, path=(*DELIVERY, name))


def _two_sources(data: Data) -> Iterator[Problem]:
    if {"source", "sourceRef"} <= (value_at(data, *DELIVERY) or {}).keys():
        message = "is accepted and has no effect: sourceRef beside it says what holds this repo"
        yield Problem("MR051", message, path=(*DELIVERY, "source"))


def _kubernetes_twice(data: Data) -> Iterator[Problem]:
    if value_at(data, *KUBERNETES) and value_at(data, *KUBERNETES_VERSION):
        yield Problem("MR062", "is said by spec.kubernetes.version too: keep one", path=KUBERNETES_VERSION)


def _remote_address(data: Data) -> Iterator[Problem]:
    """An address of a control plane that becomes a Service or its endpoints, and that nobody answers at."""
    address = value_at(data, *REMOTE_ADDRESS)
    # A server takes a name with the dot of the root behind it.
    if isinstance(address, str) and address and (trouble := address_trouble(address.removesuffix("."))):
        yield Problem("MR141", f"{value_text(address)} {trouble}", path=REMOTE_ADDRESS)


def _required_version(data: Data) -> Iterator[Problem]:
    yield from version_problem(value_at(data, *REQUIRED_VERSION))


def _overlays(data: Data) -> Iterator[Problem]:
    overlays = normpath(value_at(data, *OVERLAYS) or "overlays/*")
    output = normpath(value_at(data, *OUTPUT) or "rendered")
    if "**" in overlays:
        yield Problem("MR062", "** is not supported (write one * for each level of folders)", path=OVERLAYS)
    if f"{overlays}/".startswith(f"{output}/"):
        yield Problem("MR062", f"lies in the output folder, {output}, which is written and not read", path=OVERLAYS)


def _observation_path(data: Data) -> Iterator[Problem]:
    output = normpath(value_at(data, *OUTPUT) or "rendered")
    if f"{normpath(value_at(data, *OBSERVED) or 'observed')}/".startswith(f"{output}/"):
        yield Problem("MR062", f"lies in the output folder, {output}, where only rendered files belong", path=OBSERVED)


def _in_git(path: FieldPath) -> Validation:
    """Whatever is written below `.git` may be run by git or break it, and git commits nothing of that name in whatever
    case (https://git-scm.com/docs/git-config, core.protectNTFS and core.protectHFS)."""

    def find(data: Data) -> Iterator[Problem]:
        folder = value_at(data, *path) or ""
        if ".git" in normpath(folder).lower().split("/"):
            yield Problem(
                "MR062", f"lies in {value_text(folder)}, a folder of git's own: choose one beside it", path=path
            )

    return Validation((path,), find)


def _waivers(data: Data) -> Iterator[Problem]:
    for index, waiver in enumerate(value_at(data, *WAIVERS) or ()):
        if "until" in waiver and not _is_day(waiver["until"]):
            yield Problem("MR062", f"there is no day {waiver['until']}", path=(*WAIVERS, index, "until"))


def _reserved_name(data: Data) -> Iterator[Problem]:
    name = value_at(data, *NAME)
    if name in RESERVED:
        message = f"a cluster cannot be called {name}: the rendered tree has a folder of that name for all clusters"
        yield Problem("MR061", message, path=NAME)


def _secret(data: Data) -> Iterator[Problem]:
    if is_encrypted(data):
        return
    for field in ("data", "stringData"):
        if data.get(field):
            message = (
                "a Secret with data does not belong in a git repository (make it in the cluster, or keep it"
                " encrypted for a controller to open; a waiver of MR060 in meshrev.yaml accepts this one)"
            )
            yield Problem("MR060", message, path=(field,))


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
_KNOWN_VALUES = Validation((VERSION,), _values)
OWN_SOURCE = Validation((("metadata", "annotations"),), _source_annotation)

ISTIO = (
    Validation((NAMESPACE, ISTIO_NAMESPACE), _same_namespace),
    Validation((NAME, VERSION, STRATEGY), _revision_name),
    _no_effect(("spec", "updateStrategy", "updateWorkloads"), "workloads follow their namespace's labels and the tags"),
    _no_effect(REVISION, "the revision's own name is written here"),
    _NO_DEFAULT_REVISION,
    Validation((REMOTE_ADDRESS,), _remote_address),
    _KNOWN_VALUES,
    OWN_SOURCE,
)
ISTIO_REVISION = (
    Validation((NAMESPACE, ISTIO_NAMESPACE), _same_namespace),
    Validation((NAME, REVISION), _same_revision),
    Validation((NAME,), _own_name),
    _NO_DEFAULT_REVISION,
    Validation((REMOTE_ADDRESS,), _remote_address),
    _KNOWN_VALUES,
    OWN_SOURCE,
)
ISTIO_REVISION_TAG = (Validation((("metadata", "annotations"),), _injector_annotation),)
NODE_AGENT = (_KNOWN_VALUES, OWN_SOURCE)
MESH_GATEWAY = (
    Validation((VALUES, GATEWAY, CANARY), one_form),
    Validation((NAME, VALUES, CANARY), canary_of_deployment),
    _no_effect(REVISION, "spec.follows says who injects the gateway"),
    _no_effect(("spec", "values", "name"), "the gateway is called like the MeshGateway"),
)
FLEET = (
    Validation((SOURCE,), _source),
    Validation((SOURCE, OUTPUT), _charts_path),
    _in_git((*SOURCE, "path")),
    Validation((FORGE,), _forge),
    Validation((REQUIRED_VERSION,), _required_version),
    Validation((OVERLAYS, OUTPUT), _overlays),
    Validation((OBSERVED, OUTPUT), _observation_path),
    _in_git(OUTPUT),
    _in_git(OBSERVED),
    Validation((WAIVERS,), _waivers),
    Validation((DELIVERY,), _repository),
    Validation((DELIVERY,), _project),
    Validation((DELIVERY,), _two_sources),
)
CLUSTER = (
    Validation((NAME,), _reserved_name),
    Validation((NAME, TOPOLOGY), topology_problems),
    Validation((KUBERNETES, KUBERNETES_VERSION), _kubernetes_twice),
    Validation((SOURCE,), _source),
    Validation((REQUIRED_VERSION,), _required_version),
    Validation((DELIVERY,), _of_another_controller),
    Validation((DELIVERY,), _two_sources),
)

# The design's eighth rule: a fleet repo holds no secrets. What Istio needs is referred to by name and made elsewhere.
SECRET = (Validation(((),), _secret),)
