"""examples/web as it is committed, dist is built from its sources, and its operations fit the schema."""

# ruff: noqa: S603 - npm, with arguments written here

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import GraphQLError, parse, validate

from schema.schema import schema
from tests.servers import ROOT

WEB = ROOT / "examples" / "web"
DIST = WEB / "dist"
BUILT_FROM = dict(line.split("  ")[::-1] for line in (DIST / "sources.sha256").read_text("utf-8").splitlines())
BUILD = "run `npm ci && npm run build` in examples/web"
NPM = shutil.which("npm") or ""
needs_npm = pytest.mark.skipif(
    not (NPM and (WEB / "node_modules").is_dir()),
    reason="dist is not built again: that takes npm, and `npm ci` in examples/web",
)
OPERATIONS = sorted((WEB / "src" / "operations").glob("*.graphql"))


def sources() -> set[str]:
    """Everything that the build reads; it writes `generated.ts` itself."""
    files = {path for folder in ("src", "public") for path in (WEB / folder).rglob("*") if path.is_file()}
    named = {str(path.relative_to(WEB)) for path in files} | {path.name for path in WEB.glob("*.json")}
    return named - {"src/generated.ts"} | {"codegen.ts", "index.html", "vite.config.ts"}


def test_dist_knows_all_sources() -> None:
    assert set(BUILT_FROM) == sources(), BUILD


@pytest.mark.parametrize("name", sorted(BUILT_FROM))
def test_dist_was_built_from_this(name: str) -> None:
    assert hashlib.sha256((WEB / name).read_bytes()).hexdigest() == BUILT_FROM[name], BUILD


@needs_npm
def test_the_same_sources_build_the_same_files(tmp_path: Path) -> None:
    """Byte by byte, and nothing else is in dist."""
    subprocess.run([NPM, "run", "build", "--", "--outDir", str(tmp_path)], cwd=WEB, check=True, capture_output=True)
    assert contents(tmp_path) == contents(DIST), BUILD


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_its_page_names_files_that_are_there() -> None:
    named = re.findall(r'(?:src|href)="/([^"]+)"', (DIST / "index.html").read_text("utf-8"))
    assert len(named) == 3
    assert [name for name in named if not (DIST / name).is_file()] == []


def test_its_operations_fit_the_schema() -> None:
    document = parse("\n".join(path.read_text("utf-8") for path in OPERATIONS))
    assert validate(schema._schema, document) == []


def test_an_operation_that_does_not_fit_would_be_found() -> None:
    (wrong,) = validate(schema._schema, parse("{ me { nickname } }"))
    assert isinstance(wrong, GraphQLError)
