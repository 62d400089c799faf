"""Every example in the docs is run, or held to something that is; what cannot be run says here why."""

import ast
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from django.conf import settings as real
from django.core.management import get_commands, load_command_class
from graphql import build_schema, parse, validate
from markdown_it import MarkdownIt

from benchmarks import __main__ as benchmarks
from config.environment import TASK_BACKENDS
from reliability import __main__ as reliability
from schema.schema import schema

ROOT = Path(real.BASE_DIR)
READMES = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", ROOT / "examples" / "web" / "README.md"]
PAGES = [*READMES, *sorted((ROOT / "docs").rglob("*.md"))]
CLIENTS = "docs/clients.md"
RUN_BY = {
    CLIENTS: "tests/clients/page/test_page.py, but for `npm ci` and the servers that stay",
    "docs/first-conversation.md": "tests/docs/test_at_a_server.py",
    "docs/files.md": "tests/docs/test_at_a_server.py",
    "docs/live.md": "tests/docs/test_at_a_server.py",
}
"""Pages whose shell examples are all run, and where."""

COMMANDS = {
    "pg_dump": "tests/deploy/test_backup.py runs it",
    "pg_restore": "tests/deploy/test_backup.py runs it",
    "tar": "tests/deploy/test_backup.py runs it",
    "rm -f .data/": "tests/deploy/test_backup.py runs it",
    "cp parley.sqlite3": "tests/deploy/test_backup.py runs it",
    'python3 -c "import sqlite3': "tests/deploy/test_backup.py runs it",
    'python3 -c "import secrets': "is run here",
    "python3 manage.py": "its arguments are read here; what it does has tests of its own",
    "python manage.py": "its arguments are read here; what it does has tests of its own",
    "granian": "is that of compose.yaml, which tests/deploy and tests/live start",
    "uvicorn": "is that of compose.yaml, which tests/deploy and tests/live start",
    # Not run:
    "docker compose": "needs Docker: only the services are looked up; docker-compose reads the file in tests/deploy",
    "docker run": "needs Docker",
    "git pull": "would be another version",
    "python3 -m venv": "would be another environment; tests/test_bootstrap.py makes one",
    ". .venv/bin/activate": "would be another environment; tests/test_bootstrap.py makes one",
    "python -m pip install": "would be other packages; tests/test_bootstrap.py and .ci/run install the locks",
    ".venv/bin/pip install": "would be other packages; tests/test_bootstrap.py and .ci/run install the locks",
    "uv pip compile": "would be another lock, and needs uv",
    "cp schema/schema.graphql": "would be a release",
    "cd examples/web": "is only gone to; tests/web builds it and tries it in Chromium",
    "npm ci": "would be other packages; .ci/run installs them",
    "npm run": "would go on serving: only the script is looked up",
    ".venv/bin/python -m benchmarks": "takes half an hour; its options are read here",
    ".venv/bin/python benchmarks/": "takes minutes; only that it is there is looked up",
    ".venv/bin/python -m reliability": "takes twenty minutes; its options are read here",
}
"""How the commands of all other pages begin, and how they are held."""


class Example(NamedTuple):
    page: str
    line: int
    language: str
    text: str

    @property
    def is_shell(self) -> bool:
        return self.language in ("sh", "bash")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def examples_of(page: Path) -> list[Example]:
    tokens = [
        token for token in MarkdownIt("commonmark").parse(page.read_text()) if token.type in ("fence", "code_block")
    ]
    return [Example(name_of(page), token.map[0] + 1, token.info.strip(), token.content) for token in tokens]


EXAMPLES = [example for page in PAGES for example in examples_of(page)]


def those(*languages: str) -> pytest.MarkDecorator:
    found = [one for one in EXAMPLES if one.language in languages]
    return pytest.mark.parametrize("example", found, ids=[f"{one.page}:{one.line}" for one in found])


def commands_in(example: Example) -> list[str]:
    """Line by line, without comments and without what is set for one command alone."""
    lines = example.text.replace("\\\n", " ").splitlines()
    parts = [part for line in lines for part in re.sub(r"(^|\s)#.*", "", line).split(" && ")]
    return [re.sub(r"^(?:[A-Z_]+=\S+ )*", "", part.strip()) for part in parts if part.strip()]


COMMANDS_OF_PAGES = [
    (example.page, command)
    for example in EXAMPLES
    if example.is_shell and example.page not in RUN_BY
    for command in commands_in(example)
]


def beginning_with(*beginnings: str) -> list[str]:
    found = [command for _, command in COMMANDS_OF_PAGES if command.startswith(beginnings)]
    assert found
    return found


def test_every_example_says_what_it_is() -> None:
    """`text` is for figures and drawings, which nobody runs."""
    known = {"graphql", "json", "sh", "bash", "text", "js", "ts", "tsx", "html", "yaml"}
    assert [f"{one.page}:{one.line}" for one in EXAMPLES if one.language not in known] == []


@those("graphql")
def test_a_graphql_example_fits_the_schema(example: Example) -> None:
    if example.text.startswith("type "):
        build_schema(example.text, assume_valid=True)
    else:
        assert validate(schema._schema, parse(example.text)) == []


@those("json")
def test_a_json_example_is_json(example: Example) -> None:
    json.loads(example.text)


@those("yaml")
def test_a_yaml_example_is_yaml(example: Example) -> None:
    assert yaml.safe_load(example.text)


@those("js", "ts", "tsx", "html")
def test_an_example_for_a_client_stands_on_the_page_of_clients(example: Example) -> None:
    """tests/docs/test_clients.py holds that one to tests/clients."""
    assert example.page == CLIENTS


def test_every_command_is_run_or_says_why_not() -> None:
    assert [command for _, command in COMMANDS_OF_PAGES if not command.startswith(tuple(COMMANDS))] == []


def test_no_reason_is_left_over() -> None:
    assert [start for start in COMMANDS if not any(command.startswith(start) for _, command in COMMANDS_OF_PAGES)] == []
    assert [page for page in RUN_BY if not any(one.is_shell for one in EXAMPLES if one.page == page)] == []


def test_every_command_of_manage_is_there_and_understands_its_arguments(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": TASK_BACKENDS["database"]}}  # or there would be no `db_worker`
    for command in beginning_with("python3 manage.py", "python manage.py"):
        _, manage, name, *arguments = shlex.split(command)
        assert name in get_commands(), command
        if name == "test":  # hands all of them to pytest
            assert [path for path in arguments if not (ROOT / path).exists()] == []
            continue
        load_command_class(get_commands()[name], name).create_parser(manage, name).parse_args(arguments)


def test_the_servers_are_started_as_in_compose() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    inside = {services[name]["command"] for name in ("web", "live")}
    assert {re.sub(r"--port \d+ ", "", command) for command in beginning_with("granian", "uvicorn")} == inside


def test_scripts_of_npm_are_there() -> None:
    scripts = json.loads((ROOT / "examples" / "web" / "package.json").read_text())["scripts"]
    assert {command.split()[2] for command in beginning_with("npm run")} <= scripts.keys()


def test_docker_is_told_of_services_that_there_are() -> None:
    services = set(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"])
    for command in beginning_with("docker compose"):
        _, _, verb, *words = shlex.split(command)
        names = [word for word in words if not word.startswith("-")]
        assert verb in ("up", "stop", "run", "exec")
        assert set(names if verb == "stop" else names[:1]) <= services, command


def test_what_can_be_run_alone_is_run() -> None:
    for command in beginning_with('python3 -c "import secrets'):
        printed = subprocess.run([sys.executable, *shlex.split(command)[1:]], capture_output=True, check=True).stdout  # noqa: S603
        assert len(printed.strip()) == 64


@pytest.mark.parametrize("read", [benchmarks.options, reliability.arguments], ids=["benchmarks", "reliability"])
def test_long_runs_understand_their_options(read: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    for command in beginning_with(f".venv/bin/python -m {read.__module__.removesuffix('.__main__')}"):
        monkeypatch.setattr(sys, "argv", shlex.split(command)[2:])
        read()


def test_benchmarks_are_there() -> None:
    for command in beginning_with(".venv/bin/python benchmarks/"):
        ast.parse((ROOT / command.split()[1]).read_text())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"(?:\]\(|<img src=\")(?!https?:)([^)#\s\"]*)(?:#([^)\s]+))?[)\"]", page.read_text())
    for target, anchor in links:
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), target
        assert not anchor or anchor in anchors_of(found), f"{target}#{anchor}"


def anchors_of(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = set(re.findall(r"`((?:[\w.-]+/)+(?:[\w-]+\.(?:py|md|conf|graphql|json|yml|mjs))?)`", page.read_text()))
    places = (ROOT, ROOT / "tests", page.parent)
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
