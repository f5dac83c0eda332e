"""The objects of a file that no kustomization refers to, such as `meshrev.yaml` or standard input.

With `where`, all that other rooms need of files that people wrote.
"""

from __future__ import annotations

from render.errors import InputError
from render.specs.kustomize_objects import items
from render.specs.kustomize_report import Report
from render.specs.reader import Reader
from render.specs.resource import Resource
from render.specs.where import where
from render.specs.yaml_documents import Document, parse

__all__ = ["Document", "parse", "resources", "where"]


def resources(reader: Reader, file: str) -> list[Resource]:
    """The objects of a file outside any kustomization; those in a `kind: List` come out of it.

    Whether one is there twice is not looked at. Raises `InputError` with all that is wrong in the file.
    """
    report = Report(reader)
    found = items(parse(reader.read(file), file), report)
    if report.errors:
        raise InputError(report.errors)
    return [item.resource for item in found]
