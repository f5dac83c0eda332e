"""`meshrev check`: compares the tree with the specs."""

from __future__ import annotations

import sys

import click

from render.cli.options.common import allow_unknown_values_option, clusters_option, output_option
from render.cli.options.fleet import fleet_root
from render.messages import count


@click.command("check")
@clusters_option
@output_option
@allow_unknown_values_option
@click.option("--staged", is_flag=True, help="Check what the next commit would hold: git's index, not the files.")
@click.option(
    "--base", metavar="REV", help="Compare frozen revisions with this git revision. [default: HEAD and its history]"
)
def command(clusters: tuple[str, ...], output: str, allow_unknown_values: bool, staged: bool, base: str | None) -> None:
    """Say whether the committed tree is what the specs say; write nothing.

    Exit code 1 when it is not, with every file that `meshrev render` would write or remove. A frozen revision has to be
    as the commit that rendered it has it; in a pull request --base names what is believed, such as origin/main.
    """
    from render.cli.output import KINDS, StyledText, as_json, print_json, print_line, print_notes, progress_line

    if staged:
        from render.operations.render.staged import check_staged as check
    else:
        from render.operations.render.run import check

    result = check(fleet_root(), clusters, progress_line(), base=base, allow_unknown_values=allow_unknown_values)
    print_notes(result)
    differing = [folder for folder in (*result.shared, *result.clusters) if folder.differs]
    if output == "json":
        print_json(as_json(result))
    elif differing:
        colours = {"added": "green", "changed": "yellow", "removed": "red"}
        for cluster in differing:
            for kind in KINDS:
                for path in getattr(cluster, kind):
                    print_line(StyledText(f"{WOULD[kind]:7}", colours[kind]), f" {cluster.folder}/{path}")
        names = ", ".join(folder.name for folder in differing[:5]) + (", ..." if len(differing) > 5 else "")
        print_line(f"not as the specs say: {names}. {STAGE if staged else COMMIT}")
    elif result.as_specified:
        which = count(len(result.clusters), "cluster is", "clusters are")
        print_line(f"{which} {'staged ' if staged else ''}as the specs say")
    if not result.as_specified:
        sys.exit(1)


COMMIT = "Run `meshrev render` and commit what it writes"
STAGE = "Of what is staged, that is: run `meshrev render`, and `git add` the specs and what it writes"
# What is wrong with the file as it lies there, not what render would do to it.
WOULD = {"added": "missing", "changed": "differs", "removed": "extra"}
