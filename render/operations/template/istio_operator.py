"""What `istioctl manifest generate` would print for IstioOperator files that a person hands over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from render.errors import InputError, wrong
from render.finding import Finding, in_order
from render.kustomize.problem import Problem
from render.manifests.istio_operator.objects import operator_objects
from render.messages import field_text, value_text
from render.operations.template.run import TemplateResult, in_helm_order
from render.operations.template.set_flags import Assignment, Option, assign, read_assignment
from render.specs import releases
from render.specs.istio_operator.check import FIRST, operator_problems, without_kind
from render.specs.istio_operator.translate import merge_documents
from render.specs.values.check import UNKNOWN
from render.yamlio.documents import parse
from render.yamlio.positions import locate_deepest


@dataclass(frozen=True, slots=True)
class _OperatorFile:
    """One file: its name and content, and the one document in it with its number in the file."""

    file: str
    content: bytes
    index: int
    data: dict[str, Any]


def template_operator(
    files: Iterable[tuple[str, bytes]],
    version: str | None,
    sets: Sequence[str] = (),
    texts: Sequence[str] = (),
    allow_unknown_values: bool = False,
) -> TemplateResult:
    """Returns the objects of IstioOperator files (name and content), the later over the earlier, then `--set`.

    `version` is a release or an alias, with `v` or without; without it `spec.tag` has to name one. Paths of `sets` and
    `texts` are below `spec`, as istioctl's. CustomResourceDefinitions are not among the objects. `InputError` with
    every mistake and its place.
    """
    operators = [_operator_file(file, content) for file, content in files]
    assignments = [read_assignment(text, option) for option, text in _expressions(sets, texts)]
    merged = merge_documents(operator.data for operator in operators)
    for assignment in assignments:
        merged = {**merged, "spec": assign(merged["spec"], assignment)}
    release = _release(version, merged)
    findings = [
        _finding(problem, [operator], ())
        for operator in operators
        for problem in without_kind(operator_problems(operator.data, release))
    ]
    if assignments and not any(found.severity == "error" for found in findings):
        findings += [
            _finding(problem, operators, assignments)
            for problem in without_kind(operator_problems(_with_kind(merged), release))
            if any(one.sets(problem.path[1:]) for one in assignments)
        ]
    if allow_unknown_values:
        findings = [replace(found, severity="warning") if found.code == UNKNOWN else found for found in findings]
    if any(found.severity == "error" for found in findings):
        raise InputError(found for found in findings if found.severity == "error")
    made = operator_objects(merged, release)
    findings += [_finding(problem, operators, assignments) for problem in made.problems]
    return TemplateResult(in_helm_order([json.dumps(obj) for obj in made.objects]), in_order(findings))


def _operator_file(file: str, content: bytes) -> _OperatorFile:
    documents = parse(content, file, yaml_1_1=True)  # istioctl reads the words of YAML 1.1, too
    if len(documents) > 1:
        (line, _), _ = locate_deepest(content, documents[1].index, ())
        message = "is a second document, and istioctl takes one IstioOperator a file: give it as a file of its own"
        raise InputError([Finding("MR231", message, file=file, line=line)])
    data = documents[0].data if documents else {}
    if not isinstance(data, dict):
        raise wrong("MR231", f"is {value_text(data)}, and an IstioOperator is a map", file=file)
    return _OperatorFile(file, content, documents[0].index if documents else 0, data)


def _expressions(sets: Sequence[str], texts: Sequence[str]) -> list[tuple[Option, str]]:
    return [*(("--set", text) for text in sets), *(("--set-string", text) for text in texts)]


def _with_kind(operator: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", **operator}


def _release(version: str | None, operator: dict[str, Any]) -> str:
    """Returns the release, without `v`: what was asked for, else the one that `spec.tag` begins with."""
    if version is None:
        found = re.match(r"v?(\d+\.\d+\.\d+)", str(operator["spec"].get("tag") or ""), re.ASCII)
        if not found:
            message = "is needed, as spec.tag names no release: istioctl has one release, this program has many"
            raise wrong("MR043", message, file="--version")
        version = found[1]
    release = releases.resolve(f"v{version}" if version[:1].isdigit() else version)
    if releases.parse(release) < FIRST:
        raise wrong("MR043", f"{release} is too old: IstioOperator begins with v1.24.0", file="--version")
    return release.removeprefix("v")


def _finding(problem: Problem, operators: Sequence[_OperatorFile], assignments: Sequence[Assignment]) -> Finding:
    """Returns a mistake with its place in what was given last of all that has it."""
    field = field_text(problem.path) or None
    for assignment in reversed(assignments):
        if assignment.sets(problem.path[1:]):
            return Finding(problem.code, problem.message, problem.severity, file=assignment.text, field=field)
    for operator in reversed(operators):
        (line, column), steps = locate_deepest(operator.content, operator.index, problem.path)
        if steps == len(problem.path) or len(operators) == 1:
            return Finding(problem.code, problem.message, problem.severity, operator.file, line, column, field=field)
    return Finding(problem.code, problem.message, problem.severity, field=field)
