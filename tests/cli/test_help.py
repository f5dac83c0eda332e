"""What a person sees who asks for help."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from render.cli.main import VERBS, meshrev
from tests.support.click_runner import run

HELP = Path(__file__).with_name("help")
GROUP = click.Context(meshrev)


@pytest.mark.parametrize("verb", sorted(file.stem for file in HELP.iterdir()))
def test_the_help_of_a_verb_reads_as_it_is_kept(verb: str) -> None:
    """After a wanted change: meshrev VERB --help > tests/cli/help/VERB.txt"""
    assert run(verb, "--help").output == (HELP / f"{verb}.txt").read_text()


def test_the_help_lists_every_verb_and_the_exit_codes() -> None:
    text = run("--help").output
    assert re.findall(r"^  (\S+)", text.split("Commands:\n")[1], re.MULTILINE) == sorted(VERBS)
    assert all(sentence.endswith(".") for sentence in VERBS.values())
    for code in ("0 done", "1 findings or drift", "2 the input is wrong", "3 a bug", "4 the outside world failed"):
        assert code in " ".join(text.split())


def test_no_arguments_show_the_help() -> None:
    assert "Commands:" in run().output


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_what_it_does_and_what_each_option_means(verb: str) -> None:
    command = meshrev.get_command(GROUP, verb)
    assert command is not None
    assert command.name == verb
    assert command.help
    assert command.help.splitlines()[0].endswith(".")
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.opts for option in options if not (option.help or "").endswith((".", "]"))] == []
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: meshrev {verb} ")


def test_a_mistyped_verb_names_the_nearest() -> None:
    result = run("rendr")
    assert result.exit_code == 2
    assert "no such command: rendr (did you mean render?)" in result.output


@pytest.mark.parametrize("name", ["apply", "install", "upgrade", "uninstall", "validate"])
def test_a_command_of_other_programs_is_told_with_what_to_use(name: str) -> None:
    result = run(name)
    assert result.exit_code == 2
    assert f"no such command: {name} (" in result.output
    assert "`meshrev " in result.output
