"""Values that a person hands over on the command line, as to Helm: files and `--set`, the later winning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from render.errors import InputError
from render.finding import Finding
from render.kustomize.problem import Problem
from render.messages import field_text, value_text
from render.operations.template.set_flags import Assignment, Option, assign, read_assignment
from render.yamlio.documents import parse
from render.yamlio.location import merge_maps
from render.yamlio.positions import locate_deepest


@dataclass(frozen=True, slots=True)
class GivenValues:
    """All values merged, and where they come from: files as name and content, then assignments."""

    values: dict[str, Any]
    files: tuple[tuple[str, bytes], ...] = ()
    assignments: tuple[Assignment, ...] = ()

    def finding(self, problem: Problem) -> Finding:
        """Returns a mistake in the values, with its place in what was given last of all that has it."""
        field = field_text(problem.path) or None
        for assignment in reversed(self.assignments):
            if assignment.sets(problem.path):
                # A shell takes quotes away; what makes a value text here is the other option.
                message = problem.message.replace("put it in quotes", "give it with --set-string")
                return Finding(problem.code, message, problem.severity, file=assignment.text, field=field)
        for file, content in reversed(self.files):
            (line, column), steps = locate_deepest(content, 0, problem.path)
            if steps == len(problem.path):
                return Finding(problem.code, problem.message, problem.severity, file, line, column, field=field)
        return Finding(problem.code, problem.message, problem.severity, field=field)


def collect_values(
    files: Iterable[tuple[str, bytes]], sets: Sequence[str] = (), texts: Sequence[str] = ()
) -> GivenValues:
    """Returns the values of files (name and content) in order, then of `--set`, then of `--set-string`: Helm's order.

    Maps merge, all else is replaced, lists included. `InputError` with every mistake of all of them. Numbers are
    those of a file: Helm keeps a whole number of `--set` exact, and prints `1e+06` only for one of a file.
    """
    files = tuple(files)
    findings: list[Finding] = []
    values: dict[str, Any] = {}
    for file, content in files:
        values = merge_maps(values, _of_file(file, content, findings))
    expressions: list[tuple[Option, str]] = [("--set", text) for text in sets]
    expressions += [("--set-string", text) for text in texts]
    assignments = []
    for option, expression in expressions:
        try:
            assignments.append(read_assignment(expression, option))
        except InputError as error:
            findings += error.findings
    if findings:
        raise InputError(findings)
    for assignment in assignments:
        values = assign(values, assignment)
    return GivenValues(values, files, tuple(assignments))


def _of_file(file: str, content: bytes, findings: list[Finding]) -> dict[str, Any]:
    try:
        # Helm reads values through sigs.k8s.io/yaml, which keeps the words of YAML 1.1: `on` is true.
        documents = parse(content, file, yaml_1_1=True)
    except InputError as error:
        findings += error.findings
        return {}
    if not documents:
        return {}
    if len(documents) > 1:
        (line, _), _ = locate_deepest(content, documents[1].index, ())
        message = "is a second document, which Helm would leave out: give it as a file of its own"
        findings.append(Finding("MR231", message, file=file, line=line))
    values = documents[0].data
    if isinstance(values, dict):
        return values
    findings.append(Finding("MR231", f"is {value_text(values)}, and values are a map from names to values", file=file))
    return {}
