"""Istio's components as Kubernetes objects, from the project's own templates and per-release facts.

`render_component` is what a person compares with Helm; `render_json` is what the fleet renderer calls.
"""

from render.manifests.builtin.component import component_values, render_component, render_json
from render.manifests.builtin.facts import platforms

__all__ = ["component_values", "platforms", "render_component", "render_json"]
