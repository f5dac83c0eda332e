"""From what is wrong with an object to a finding: the file, line and column where a person wrote it."""

from __future__ import annotations

from render.finding import Finding
from render.specs.mistake import Mistake, field_text, one_line
from render.specs.reader import Reader
from render.specs.resource import Resource
from render.specs.where import where


def finding(mistake: Mistake, resource: Resource, reader: Reader) -> Finding:
    """The finding of a mistake. Reads the files that the object comes from again, so only for what is reported."""
    file, line, column = where(resource, mistake.path, reader)
    return Finding(
        mistake.code,
        mistake.message,
        severity=mistake.severity,
        file=file,
        line=line,
        column=column,
        object=one_line(resource.title),
        field=field_text(mistake.path) or None,
    )
