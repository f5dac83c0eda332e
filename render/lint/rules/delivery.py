"""Rules on how the tree gets to its controller."""

from __future__ import annotations

from collections.abc import Iterator

from render.lint.rule import Rule, Violation
from render.lint.view import View


def no_repository(view: View) -> Iterator[Violation]:
    """An Application names the repository, and rendering asks no git remote for it."""
    if view.settings.delivery == "argocd" and view.fleet.handover.repo_url is None:
        message = (
            "does not say which repository Argo CD reads, so no ApplicationSet is written: whoever set up Argo CD has "
            "its Applications. spec.delivery.repoURL lets meshrev write them"
        )
        yield Violation(message, view.fleet.resource, ("spec", "delivery", "repoURL"))


RULES = (
    Rule(
        "MR160",
        "Each cluster needs an Application made by hand, with the sync options and ignore rules that istiod needs.",
        no_repository,
    ),
)
