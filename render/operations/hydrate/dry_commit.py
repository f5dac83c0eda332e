"""The dry commit that a hydrated branch is made of, and the commit that it brings, as Argo CD notes them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from render.git.process import git

# Lines of a dry commit's body that say which commit, of another repository maybe, it brings, and what each becomes:
# None for one that is not as Argo CD takes it (GetReferences in util/git/client.go of argoproj/argo-cd), or that would
# keep GitOps Promoter from reading all the rest (CommitMetadata in api/v1alpha1 of argoproj-labs/gitops-promoter).
_TRAILER = "Argocd-reference-commit-"
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _valid(pattern: str) -> Callable[[str], str | None]:
    form = re.compile(pattern)
    return lambda text: text if form.fullmatch(text) else None


def _date(text: str) -> str | None:
    with suppress(ValueError):
        return text if _RFC_3339.fullmatch(text) and datetime.fromisoformat(text) else None
    return None


def _json_text(text: str) -> str | None:
    with suppress(ValueError):
        found = json.loads(text)
        return found if isinstance(found, str) else None
    return None


_REFERENCE: Mapping[str, tuple[str, Callable[[str], str | None]]] = {
    "author": ("author", _valid(r"[^<>]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+")),
    "date": ("date", _date),
    "subject": ("subject", _valid(r".+")),
    "body": ("body", _json_text),
    "sha": ("sha", _valid(r"[0-9a-f]{40}|[0-9a-f]{64}")),
    "repourl": ("repoURL", _valid(r"https?://\S+")),
}


@dataclass(frozen=True, slots=True)
class Dry:
    """A dry commit, as `hydrator.metadata` tells of it."""

    commit: str
    subject: str
    metadata: Mapping[str, Any]


def dry_commit(root: Path, commit: str, repo_url: str) -> Dry:
    """Returns what is to be said of a dry commit. `date` is the author's, with its zone; what `references` hold is not
    in `body`."""
    author, date, subject, body = commit_fields(root, "%an <%ae>%x00%aI%x00%s%x00%b", commit)
    reference: dict[str, str] = {}
    kept = []
    for line in body.splitlines():
        said = _reference(line)
        reference |= said
        if not said:
            kept.append(line)
    found: dict[str, Any] = {"repoURL": repo_url, "drySha": commit, "author": author, "date": date, "subject": subject}
    found["body"] = "\n".join(kept).strip()
    found["references"] = [{"commit": reference}] if reference else []
    return Dry(commit, subject, {key: value for key, value in found.items() if value})


def commit_fields(root: Path, form: str, commit: str) -> list[str]:
    """Returns what git says of a commit in a form of `git log`, its fields with `%x00` between them."""
    return os.fsdecode(git("show", "--no-patch", f"--format={form}", commit, folder=root)).rstrip("\n").split("\0")


def _reference(line: str) -> dict[str, str]:
    """Returns what a line says of the commit that a dry commit brings, empty where it says nothing of it."""
    name, _, text = line.removeprefix(_TRAILER).partition(": ")
    if not line.startswith(_TRAILER) or name not in _REFERENCE:
        return {}
    field, valid = _REFERENCE[name]
    value = valid(text)
    return {} if value is None else {field: value}
