"""The text under `templates` of the injector's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from render.manifests.builtin.chartforms import yaml_text
from render.manifests.builtin.functions import Refusal
from render.manifests.builtin.injection import injection_templates


def template_blocks(version: str, names: Sequence[str], given: Any) -> str:
    """A YAML map by template name: the release's own `names`, then those that the values give, which replace ours."""
    if type(given) is not dict:
        raise Refusal("sidecarInjectorWebhook.templates must be a map")
    own = _own(version, tuple(name for name in names if name not in given))
    return own + _indented(yaml_text(given)) if given else own or "  {}\n"


@lru_cache(maxsize=64)
def _own(version: str, names: tuple[str, ...]) -> str:
    texts = injection_templates(version)
    return "".join(f"  {name}: |\n{_indented(texts[name].strip(), 4)}" for name in names if name in texts)


def _indented(block: str, by: int = 2) -> str:
    return "".join(f"{' ' * by}{line}\n" if line else "\n" for line in block.split("\n"))
