"""How long one component takes, beside `helm template` of a chart with the same objects, in one run.

    python benchmarks/component.py --version v1.30.3

Warm is a render in a process that has made one before, with a revision that it has not seen; cold is a whole
process, `meshrev template`. `helm template` runs as a program on a chart of this project's own that only prints
those objects, which is less work than Istio's chart is. The ratios are the result; the times are this machine's.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from helm_chart import write_chart

from render.manifests.builtin import render_component, render_json
from render.operations.template.run import INSTALLED
from render.specs.releases import known_versions, resolve
from render.yamlio.write import yaml_text

REVISION = "bench-revision"
WARM, COLD = 200, 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", default=known_versions()[0], help="a release or an alias (default: the newest)")
    release = resolve(parser.parse_args().version).removeprefix("v")
    helm = shutil.which("helm")
    print(f"Istio {release}, medians in ms" + ("" if helm else "; no helm on PATH"))
    print(f"{'':14}{'objects':>8}{'warm':>8}{'cold':>8}{'helm':>8}{'helm/warm':>11}{'helm/cold':>11}")
    for component in sorted(INSTALLED, key=lambda name: (name != "istiod", name)):
        measure(component, release, helm)
    print("wanted of istiod: warm at most 3, helm/warm at least 10")


def measure(component: str, release: str, helm: str | None) -> None:
    name, namespace = INSTALLED[component]
    values = {"revision": REVISION} | ({"revisionTags": ["prod"]} if component == "revisiontags" else {})
    texts = render_json(component, release, name, namespace, values)
    revisions = iter(range(WARM))
    warm = median(
        lambda: render_component(component, release, name, namespace, values | {"revision": f"r{next(revisions)}"}),
        WARM,
    )
    sets = [option for key, value in values.items() for option in ("--set", f"{key}={_set(value)}")]
    cold = median(process(sys.executable, "-m", "render", "template", component, "--version", release, *sets), COLD)
    row = f"{component:14}{len(texts):8}{warm:8.2f}{cold:8.0f}"
    if helm:
        with tempfile.TemporaryDirectory(prefix="meshrev-bench-") as folder:
            chart = Path(folder) / "chart"
            write_chart(chart, [yaml_text(text).data.decode() for text in texts], REVISION)
            each = median(process(helm, "template", name, str(chart), "-n", namespace), COLD)
        row += f"{each:8.0f}{each / warm:11.0f}{each / cold:11.1f}"
    print(row, flush=True)


def median(call: Callable[[], object], times: int) -> float:
    """Milliseconds on the clock."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def process(*command: str) -> Callable[[], object]:
    return lambda: subprocess.run(command, check=True, capture_output=True)


def _set(value: object) -> str:
    return "{" + ",".join(value) + "}" if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main()
