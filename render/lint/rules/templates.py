"""Rules on the injection templates of a revision: those that its values ask for, and those that they bring."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.manifests.builtin.injection import injection_templates, template_functions
from render.messages import FieldPath, did_you_mean, short
from render.specs import releases
from render.yamlio.location import value_at

INJECTOR: FieldPath = ("spec", "values", "sidecarInjectorWebhook")

# What stands between the braces of an action, and in it texts, comments, fields and variables: no function is in these.
_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NO_FUNCTION = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|`[^`]*`|\'(?:\\.|[^\'\\])*\'|[.$]\w+', re.DOTALL)
_NAME = re.compile(r"\b[A-Za-z_]\w*")


def missing_default_template(view: View) -> Iterator[Violation]:
    """A pod that asks for no template gets the default ones: where one is not there, every such pod is refused."""
    for revision in view.plan.revisions:
        own = value_at(revision.record.values, *INJECTOR[2:])
        if not isinstance(own, Mapping) or not _is_known(revision.record.version):
            continue
        given = own.get("templates")
        names = {*injection_templates(revision.record.version), *(given if isinstance(given, Mapping) else ())}
        asked = own.get("defaultTemplates")
        for place, name in enumerate(asked if isinstance(asked, list) else ()):
            if name not in names:
                message = (
                    f"{short(str(name))} is no template of revision {revision.name}{did_you_mean(str(name), names)}: "
                    f"istiod refuses every pod that asks for no other (there are {', '.join(sorted(names))})"
                )
                yield Violation(message, view.spec_of(revision), (*INJECTOR, "defaultTemplates", place))


def unknown_function(view: View) -> Iterator[Violation]:
    """A template that calls what its istiod does not have: then no template of the configuration is read."""
    for revision in view.plan.revisions:
        templates = value_at(revision.record.values, *INJECTOR[2:], "templates")
        if not isinstance(templates, Mapping) or not _is_known(revision.record.version):
            continue
        offered = template_functions(revision.record.version)
        for name, text in templates.items():
            lacking = [one for one in called_functions(text) if one not in offered]
            if lacking:
                istiod = f"istiod {revision.record.version} ({revision.name})"
                message = (
                    f"calls {short(lacking[0])}, a function that {istiod} does not have"
                    f"{did_you_mean(lacking[0], offered)}: it reads none of its templates then, and injects with what "
                    "it read before, or nothing"
                )
                yield Violation(message, view.spec_of(revision), (*INJECTOR, "templates", name))


def _is_known(version: str) -> bool:
    return version in releases.known_versions(aliases=False)


def called_functions(text: Any) -> Iterator[str]:
    """Yields what a Go template calls by name, in order."""
    for action in _ACTION.findall(text) if isinstance(text, str) else ():
        yield from _NAME.findall(_NO_FUNCTION.sub(" ", action))


RULES = (
    Rule("MR167", "Every pod that asks for no other template is refused.", missing_default_template),
    Rule("MR168", "istiod reads none of the revision's templates.", unknown_function),
)
