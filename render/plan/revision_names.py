"""How revisions get their names."""

from __future__ import annotations

from render.specs.kinds import Strategy


def revision_name(istio: str, strategy: Strategy, version: str) -> str:
    """Returns the name of the revision that an Istio of this name, strategy and resolved version (`v1.24.3`) makes.

    InPlace keeps one revision named like the Istio. RevisionBased adds the version with dots replaced
    (Sail Operator, revision names); an alias is resolved before, so that the name says what runs.
    """
    if strategy == "InPlace":
        return istio
    return f"{istio}-{version.replace('.', '-')}"


def revision_label(name: str) -> str:
    """Returns the value of `values.revision`: the revision `default` renders unsuffixed names."""
    return "" if name == "default" else name


def istiod_service(name: str) -> str:
    """Returns what the Service of a revision's istiod is called."""
    return "-".join(part for part in ("istiod", revision_label(name)) if part)
