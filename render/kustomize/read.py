"""The objects of a file that no kustomization refers to, such as `meshrev.yaml` or standard input.

With `locate`, all that other rooms need of files that people wrote.
"""

from __future__ import annotations

from render.errors import InputError
from render.kustomize.locate import where
from render.kustomize.objects import items
from render.kustomize.reader import Reader
from render.kustomize.report import Report
from render.kustomize.resource import Resource
from render.yamlio.documents import Document, parse

__all__ = ["Document", "parse", "resources", "where"]


def resources(reader: Reader, file: str) -> list[Resource]:
    """Returns the objects of a file outside any kustomization; those in a `kind: List` come out of it.

    Whether one is there twice is not looked at. Raises `InputError` with all that is wrong in the file.
    """
    report = Report(reader)
    found = items(parse(reader.read(file), file), report)
    if report.errors:
        raise InputError(report.errors)
    return [item.resource for item in found]
