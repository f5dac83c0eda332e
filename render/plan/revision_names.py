"""How revisions get their names."""

from __future__ import annotations

from render.specs.istio_operator.release import revision_for
from render.specs.kinds import Istio


def revision_name(istio: Istio, version: str) -> str:
    """Returns the name of the revision that an Istio makes of a resolved version (`v1.24.3`).

    InPlace keeps one revision named like the Istio. RevisionBased adds the version with dots replaced
    (Sail Operator, revision names); an alias is resolved before, so that the name says what runs. An IstioOperator says
    the name itself, for its own version.
    """
    if istio.revision is not None:
        return revision_for(istio.revision, istio.version.removeprefix("v"), version.removeprefix("v"))
    if istio.strategy == "InPlace":
        return istio.name
    return f"{istio.name}-{version.replace('.', '-')}"


def revision_label(name: str) -> str:
    """Returns the value of `values.revision`: the revision `default` renders unsuffixed names."""
    return "" if name == "default" else name


def istiod_service(name: str) -> str:
    """Returns what the Service of a revision's istiod is called."""
    return "-".join(part for part in ("istiod", revision_label(name)) if part)
