"""What the documentation names is there: commands and their options, settings, benchmarks, targets of make, files."""

import contextlib
import importlib.util
import io
import re
import shlex
import tomllib

import pytest
import typer
import yaml
from docs_pages import PAGES, ROOT, commands, fences, is_run_at_build, mentions, page_id
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from artmodels.family import FAMILIES
from flows import cli
from tasks.settings import Settings

APPLICATION = typer.main.get_command(cli.app)
REFERENCE = ROOT / "docs" / "reference"


def find_command(words: list[str]) -> tuple[TyperCommand | TyperGroup, typer.Context, list[str]]:
    """Follow the names of commands and subcommands; return the last, its context, and the words that are left."""
    command, context = APPLICATION, typer.Context(APPLICATION, info_name="atelier")
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(context, name)
        assert found, f"there is no command {name!r}"
        command, context = found, typer.Context(found, parent=context, info_name=name)
    return command, context, words


def check(line: str) -> None:
    """Read a command as the command line does, without running it."""
    line = re.split(r"\s(?:\||>|2>)", line)[0]
    command, context, words = find_command(shlex.split(line)[1:])
    if "--help" in words or isinstance(command, TyperGroup):
        return
    command.parse_args(context, [word for word in words if word != "..."])


def check_mention(line: str) -> None:
    """Look whether a command that is named in a sentence, perhaps without its arguments, has the options named."""
    command, context, words = find_command(line.split()[1:])
    known = {name for parameter in command.get_params(context) for name in [*parameter.opts, *parameter.secondary_opts]}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_commands_are_there_with_their_options(page):
    for line in commands(page):
        if line.startswith("atelier ") and "..." not in line:
            try:
                check(line)
            except TyperException as fault:
                pytest.fail(f"{line}\n{fault.format_message()}")
    for line in mentions(page):
        # Placeholders in capitals stand for what a reader chooses.
        if re.match(r"atelier [a-z]", line):
            check_mention(line)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_settings_are_there(page):
    named = set(re.findall(r"\bATELIER_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))
    settings = {f"ATELIER_{name.upper()}" for name in Settings.model_fields}
    read_by_tests = set(re.findall(r"\bATELIER_TEST_[A-Z_]+", (ROOT / "tests" / "conftest.py").read_text()))
    assert named <= settings | read_by_tests


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_modules_targets_and_deployments_are_there(page):
    text = page.read_text(encoding="utf-8")
    for name in set(re.findall(r"python -m ((?:benchmarks|tasks|flows)(?:\.\w+)*)", text)):
        assert importlib.util.find_spec(name), f"python -m {name}"
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in [*commands(page), *mentions(page)]:
        if found := re.match(r"make ([a-z-]+)", line):
            assert found[1] in targets, line
        if found := re.match(r"prefect deployment run (\S+)/(\S+)", line):
            assert (found[1].replace("-", "_"), found[2]) in deployments() or found[1].isupper(), line


def deployments() -> set[tuple[str, str]]:
    """Return flow and name of every deployment."""
    listed = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    return {(one["entrypoint"].rpartition(":")[2], one["name"]) for one in listed}


def printed_by(name: str) -> str:
    """Run the blocks of a page of the reference as the site's build does; return what they print."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for fence in fences(REFERENCE / name):
            if is_run_at_build(fence):
                exec(compile(fence.content, name, "exec"), {})
    return out.getvalue()


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])


def test_the_reference_lists_every_command():
    printed = printed_by("cli.md")
    for name in APPLICATION.commands:
        assert f"## `atelier {name}`" in printed


def test_the_reference_lists_every_setting():
    printed = printed_by("settings.md")
    for name, field in Settings.model_fields.items():
        assert f"`ATELIER_{name.upper()}`" in printed
        assert field.description in printed


def test_the_reference_lists_every_option_of_every_family():
    printed = printed_by("families.md")
    assert re.findall(r"^## (\w+)$", printed, re.MULTILINE) == list(FAMILIES)
    assert "`texture_weight`" in printed


def test_the_reference_lists_every_deployment(monkeypatch):
    monkeypatch.chdir(ROOT)
    printed = printed_by("deployments.md")
    for flow, name in deployments():
        assert f"`{flow.replace('_', '-')}/{name}`" in printed
