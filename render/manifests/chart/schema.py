"""Are values what a chart's own `values.schema.json` says? Asked here and not by Helm: its releases differ in which
schemas they can read, and in what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from render.charts.chart import Chart
from render.charts.values import chart_values, known_names
from render.errors import InputError, wrong
from render.finding import Finding
from render.manifests.chart.helm import SCHEMA
from render.messages import did_you_mean, field_text, value_text

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator


def check_schema(chart: Chart, folder: str, values: Mapping[str, Any]) -> None:
    """Raise an `InputError` where values, over the chart's own, are not as its schema says: a finding each, with the
    field, and the nearest name for one that is not known. Nothing where the chart has no schema."""
    if SCHEMA not in chart.files:
        return
    from referencing.exceptions import Unresolvable

    file = f"{folder}/{SCHEMA}"
    try:
        errors = list(_validator(chart, file).iter_errors(chart_values(chart, values)))
    except Unresolvable as error:
        raise wrong("MR282", f"refers to a schema that is not in it: {error.ref}", file=file) from None
    if errors:
        raise InputError(
            Finding("MR282", f"{message} (by {file})", field=f"values.{field_text(path)}" if path else "values")
            for error in errors
            for path, message in _mistakes(chart, error)
        )


def _mistakes(chart: Chart, error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        for name in sorted(error.instance.keys() - known.keys()):
            guess = did_you_mean(name, known) or did_you_mean(name, known_names(chart))
            yield (*path, name), f"is not a value of the chart {chart.title}{guess}"
    elif error.validator == "type" or (error.validator == "enum" and isinstance(error.validator_value, list)):
        yield path, f"expected {_either(error.validator_value)}, found {value_text(error.instance)}"
    else:
        yield path, f"{value_text(error.instance)} is not what {error.validator} asks for"


def _either(wanted: Any) -> str:
    return " or ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)


@lru_cache(maxsize=32)
def _validator(chart: Chart, file: str) -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry

    try:
        schema = json.loads(chart.files[SCHEMA])
        kind = validator_for(schema, default=Draft202012Validator)
        kind.check_schema(schema)
    except (ValueError, SchemaError) as error:
        raise wrong("MR282", f"is no JSON Schema: {str(error).splitlines()[0]}", file=file) from None
    return kind(schema, registry=Registry())  # one that fetches nothing
