"""Istio's components as Kubernetes objects, from the project's own templates and per-release facts.

`render_component` is what a person compares with Helm; `render_json` is what the fleet renderer calls.

component           One component of one release: the user's values in, Kubernetes objects out
facts               What is known of each release: files under `facts/<minor>/`, each minor saying only what changed
gateway_forms       The older gateways' own short forms: where their pods may run, and what is mounted into them
go_text             How Helm's templates turn values into text, and how Kubernetes reads that text back
injection           The Go templates that istiod runs for pods and Gateways
layers              The layers of values
template_forms      Forms that several of Istio's charts print in the same way
template_functions  What templates may call besides the text functions
templates           The templates, compiled once a process, and what they may use
"""

from render.manifests.builtin.component import component_values, render_component, render_json
from render.manifests.builtin.facts import platforms

__all__ = ["component_values", "platforms", "render_component", "render_json"]
