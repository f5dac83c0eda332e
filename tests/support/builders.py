"""The files that a fleet is made of, as text, from what a test cares about; the rest is as short as it may be.

Documents begin with `---`, so a file is their sum: `istio() + tag("prod") + namespace("shop", "istio.io/rev: prod")`.
A label is its text, `istio.io/rev: prod`; a field of a spec is the YAML behind its name, on one line:
`istio(values="{pilot: {autoscaleMin: 2}}")`. Where a test is about the text itself (places, comments, styles of
YAML) it writes the text out instead.
"""

from __future__ import annotations

SAIL, MESHREV = "sailoperator.io/v1", "meshrev.io/v1alpha1"


def document(
    api_version: str, kind: str, name: str, *labels: str, namespace: str = "", annotations: str = "", **fields: str
) -> str:
    """Returns any object; `fields` are those beside its metadata."""
    metadata = {"name": name, "namespace": namespace, "annotations": annotations}
    metadata["labels"] = _map(labels) if labels else ""
    filled = ", ".join(f"{key}: {value}" for key, value in metadata.items() if value)
    lines = ["---", f"apiVersion: {api_version}", f"kind: {kind}", f"metadata: {{{filled}}}"]
    return "".join(f"{line}\n" for line in [*lines, *(f"{key}: {value}" for key, value in fields.items())])


def istio(version: str = "v1.24.2", name: str = "default", strategy: str = "RevisionBased", **spec: str) -> str:
    """Returns an Istio, which makes the revision `default-v1-24-2` unless the test says something else."""
    given = {"version": version, "updateStrategy": f"{{type: {strategy}}}"} | spec
    return document(SAIL, "Istio", name, spec=_spec(**given))


def istio_revision(name: str, version: str = "v1.24.2", namespace: str = "istio-system", *values: str) -> str:
    """Returns an IstioRevision with the two values that Sail asks of each, and more."""
    own = (f"revision: {name}", f"global: {{istioNamespace: {namespace}}}")
    spec = _spec(version=version, namespace=namespace, values=_map((*own, *values)))
    return document(SAIL, "IstioRevision", name, spec=spec)


def tag(name: str, target: str = "default", kind: str = "Istio", annotations: str = "") -> str:
    """Returns an IstioRevisionTag on an Istio or, with another `kind`, on an IstioRevision."""
    spec = _spec(targetRef=f"{{kind: {kind}, name: {target}}}")
    return document(SAIL, "IstioRevisionTag", name, annotations=annotations, spec=spec)


def node_agent(kind: str, version: str = "v1.24.2", **spec: str) -> str:
    """Returns an IstioCNI or a ZTunnel."""
    return document(SAIL, kind, "default", spec=_spec(version=version, **spec))


def mesh_gateway(name: str, follows: str, **spec: str) -> str:
    """Returns a MeshGateway."""
    return document(MESHREV, "MeshGateway", name, spec=_spec(follows=follows, **spec))


def namespace(name: str, *labels: str) -> str:
    return document("v1", "Namespace", name, *labels)


def fleet_file(**spec: str) -> str:
    """Returns the text of `meshrev.yaml`, of a fleet that is delivered by nobody."""
    given = {"overlays": "overlays/*", "output": "rendered", "delivery": "{type: none}"} | spec
    return _alone(document(MESHREV, "Fleet", "test", spec=_spec(**given)))


def cluster_file(name: str, *labels: str, **spec: str) -> str:
    """Returns the text of an overlay's `cluster.yaml`."""
    return _alone(document(MESHREV, "Cluster", name, *labels, spec=_spec(**spec)))


def kustomization(*resources: str, **fields: str) -> str:
    """Returns the text of a `kustomization.yaml`."""
    listed = {"resources": f"[{', '.join(resources)}]"} if resources else {}
    fields = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **listed, **fields}
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def _alone(text: str) -> str:
    """Returns a document as the first of a file, so that its lines are counted from `apiVersion`."""
    return text.removeprefix("---\n")


def _spec(**fields: str) -> str:
    return _map(tuple(f"{key}: {value}" for key, value in fields.items()))


def _map(entries: tuple[str, ...]) -> str:
    return f"{{{', '.join(entries)}}}"
