"""The command line in this process, as click runs it for a test: for what needs no process of its own."""

from __future__ import annotations

from click.testing import CliRunner, Result

from render.cli.main import meshrev


def run(*arguments: str) -> Result:
    return CliRunner().invoke(meshrev, arguments, prog_name="meshrev", terminal_width=78)
