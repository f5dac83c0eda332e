"""How much one folder may ask for, so that building it ends within seconds whatever is written.

A patch is cheap and an object is cheap; what takes for ever is every patch on every object, or the same component
again and again.
"""

from __future__ import annotations

from dataclasses import dataclass

from render.errors import InputError
from render.kustomize.report import Report, Spot
from render.yamlio.read import VALUES

TOO_MUCH = "MR003"
COMPONENTS = 1_000
PATCHES = 20_000  # of one kustomization, those of a file that is listed twice counted twice
COMPARED = 20_000_000  # patches times objects: 4,000 patches on 5,000 objects
APPLIED = 50_000  # objects that are patched, each as often as it is


@dataclass(slots=True)
class Budget:
    """What was asked for so far, with the components of the folder and what they ask for."""

    report: Report
    components: int = 0
    compared: int = 0
    applied: int = 0
    values: int = 0

    def add_component(self, at: Spot) -> None:
        """Count a component. `InputError`, as for the others, with all that was reported, where it is too much."""
        self.components += 1
        self._refuse(self.components > COMPONENTS, f"is one of more than {COMPONENTS:,} components", at)

    def add_patch(self, objects: int, applied: int, at: Spot) -> None:
        """Count a patch that was compared with so many objects and is for some of them."""
        self.compared += objects
        self.applied += applied
        self._refuse(self.compared > COMPARED, f"is too much: more than {COMPARED:,} patches times objects", at)
        self._refuse(self.applied > APPLIED, f"is too much: patches would change objects {APPLIED:,} times", at)

    def add_values(self, number: int, at: Spot) -> None:
        """Count the values of objects."""
        self.values += number
        message = f"is too much: the objects have more than {VALUES:,} values, those of aliases included"
        self._refuse(self.values > VALUES, message, at)

    def _refuse(self, is_too_much: bool, message: str, at: Spot) -> None:
        if is_too_much:
            self.report.error(TOO_MUCH, f"{message}; {self.report.way_out}", at)
            raise InputError(self.report.errors)


def count_values(data: object, most: int = VALUES + 1) -> int:
    """Returns how many mappings, lists, texts and numbers there are in plain data, and `most` for more than those."""
    queue, counted = [data], 0
    while queue and counted < most:
        value = queue.pop()
        counted += 1
        if isinstance(value, dict):
            queue.extend(value.values())
        elif isinstance(value, list):
            queue.extend(value)
    return counted
