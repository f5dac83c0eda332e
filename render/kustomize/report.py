"""What is wrong with a folder, each with the place in the file that a person wrote."""

from __future__ import annotations

from dataclasses import dataclass, field

from render.codes import Severity
from render.errors import InputError
from render.finding import Finding
from render.kustomize.reader import Reader
from render.messages import FieldPath, field_text
from render.yamlio.documents import Document, parse
from render.yamlio.location import Place
from render.yamlio.positions import place_of, scalar_source


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of what a person wrote: a path below a place, in one of the documents of an inline patch."""

    place: Place
    path: FieldPath = ()
    document: int = 0

    def below(self, *path: str | int) -> Spot:
        return Spot(self.place, (*self.path, *path), self.document)


@dataclass(slots=True)
class Report:
    """Findings as they come up, so that all of them are told and not only the first.

    `overlay` is the folder that is built, empty where none is.
    """

    reader: Reader
    overlay: str = ""
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    _documents: dict[tuple[str, bool], list[Document] | InputError] = field(default_factory=dict)

    def error(self, code: str, message: str, at: Spot, object: str | None = None) -> None:
        self.errors.append(self._finding(code, message, "error", at, object))

    def warning(self, code: str, message: str, at: Spot, object: str | None = None) -> None:
        self.warnings.append(self._finding(code, message, "warning", at, object))

    def add_failure(self, error: InputError) -> None:
        self.errors.extend(error.findings)

    def documents(self, file: str, *, yaml_1_1: bool = False) -> list[Document]:
        """Returns the documents of a file as `parse` does, which is read once however often it is named."""
        key = file, yaml_1_1
        if key not in self._documents:
            try:
                self._documents[key] = parse(self.reader.read(file), file, yaml_1_1=yaml_1_1)
            except InputError as error:
                self._documents[key] = error
        known = self._documents[key]
        if isinstance(known, InputError):
            raise known
        return known

    @property
    def way_out(self) -> str:
        """What to do about what only Kustomize builds."""
        folder = self.overlay if self.overlay not in ("", ".") else "FOLDER"
        name = self.overlay.rpartition("/")[2].strip(".") or "NAME"
        return f"let Kustomize build it: kustomize build {folder} | meshrev render --cluster {name} -"

    def source_text(self, at: Spot) -> str | None:
        """Returns the characters of a scalar in its file."""
        return scalar_source(self.reader.read(at.place.file), at.place, at.path, at.document)

    def line(self, at: Spot) -> str:
        """`file:line`, for a message about another place."""
        return f"{at.place.file}:{self._position(at)[0]}"

    def _finding(self, code: str, message: str, severity: Severity, at: Spot, title: str | None) -> Finding:
        line, column = self._position(at)
        field = field_text((*at.place.inside, *at.path)) or None
        return Finding(code, message, severity, at.place.file, line, column, title, field)

    def _position(self, at: Spot) -> tuple[int, int]:
        return place_of(self.reader.read(at.place.file), at.place, at.path, at.document)[0]
