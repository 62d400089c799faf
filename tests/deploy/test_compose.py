"""compose.yaml, the image and the proxy's configuration, as far as they can be checked without Docker."""

# ruff: noqa: S603, S607 - docker-compose, openssl and this Python, with arguments written here

import os
import re
import shutil
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from config import settings as production
from tests.deploy.nginx import PROXY, complaints, needs_nginx, place

ROOT = Path(settings.BASE_DIR)
COMPOSE = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECRETS = {
    "SECRET_KEY": "w8Jq2hYt-5xZrP0uVn3LkDf7sGc9bAe1mXoR4iTy-aQw2ErT5zU8iO3pK",
    "JWT_SECRET_KEY": "Hn6Kd2Fv_8sQy1WjBz4TgMx0pLc7rEu5oIa9NtRl_bZx3CvB6nM9qW4eS",
    "ALLOWED_HOSTS": "chat.example.org",
    "POSTGRES_PASSWORD": "fjords17glyph",
}
OURS = ("web", "live", "worker", "cleaner", "migrate")


def filled(value: Any) -> Any:
    """With the secrets, and else the default, in place of `${NAME:-default}`, as Docker fills them in."""
    if isinstance(value, dict):
        return {key: filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one) for one in value]
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: SECRETS.get(found[1], found[2]), value)
    return value


EVERYTHING: dict[str, Any] = filled(yaml.safe_load(COMPOSE))
SERVICES = EVERYTHING["services"]


def without_machine() -> dict[str, str]:
    """The environment, without what somebody has set for a server of their own."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def compose_config(folder: Path, secrets: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (folder / "compose.yaml").write_text(COMPOSE)
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
    return subprocess.run(
        ["docker-compose", "-f", "compose.yaml", "config"],
        cwd=folder,
        env=without_machine(),
        capture_output=True,
        text=True,
        check=False,
    )


needs_compose = pytest.mark.skipif(
    shutil.which("docker-compose") is None,
    reason="docker-compose is not installed (Debian: apt install docker-compose)",
)


# -- compose.yaml -----------------------------------------------------------------------------------------------------


@needs_compose
def test_docker_compose_accepts_it_and_fills_it_in_as_these_tests_do(tmp_path: Path) -> None:
    done = compose_config(tmp_path, SECRETS)
    assert done.returncode == 0, done.stderr
    theirs = yaml.safe_load(done.stdout)["services"]
    assert theirs.keys() == SERVICES.keys()
    for name in OURS:
        assert SERVICES[name]["environment"].items() <= theirs[name]["environment"].items()


@needs_compose
def test_a_missing_secret_stops_it_with_a_sentence(tmp_path: Path) -> None:
    done = compose_config(tmp_path, {})
    assert done.returncode != 0
    assert "Set SECRET_KEY in .env" in done.stderr


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_is_asked_for_like_this(name: str) -> None:
    assert f"${{{name}:?Set {name} in .env" in COMPOSE
    assert not re.search(rf"\$\{{{name}:?-", COMPOSE)


def test_who_is_there() -> None:
    assert SERVICES.keys() == {"proxy", "web", "live", "worker", "cleaner", "migrate", "database", "cache"}
    assert SERVICES["web"]["command"].startswith("granian --interface wsgi ")
    assert SERVICES["web"]["command"].endswith(" config.wsgi:application")
    assert SERVICES["live"]["command"].startswith("uvicorn ")
    assert SERVICES["live"]["command"].endswith(" config.asgi:application")
    assert SERVICES["worker"]["command"] == "python manage.py db_worker"
    assert "python manage.py clean_up; sleep 86400;" in SERVICES["cleaner"]["command"]
    assert SERVICES["worker"]["environment"]["TASKS"] == "database"
    assert SERVICES["database"]["image"] == "postgres:17"


def test_no_door_but_the_proxy() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert all("expose" not in service and "network_mode" not in service for service in SERVICES.values())


def test_the_proxy_cannot_reach_the_data() -> None:
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert networks["proxy"] == {"front"}
    assert networks["database"] == networks["cache"] == {"back"}
    assert EVERYTHING["networks"]["back"] == {"internal": True}


def test_what_the_proxy_says_is_believed_and_nobody_else() -> None:
    (network,) = EVERYTHING["networks"]["front"]["ipam"]["config"]
    assert ip_network(network["subnet"]).is_private
    assert {SERVICES[name]["environment"]["TRUSTED_PROXIES"] for name in OURS} == {network["subnet"]}


def test_what_must_survive_lies_in_named_volumes() -> None:
    assert EVERYTHING["volumes"].keys() == {"database", "static", "media"}
    places = {name: service.get("volumes", []) for name, service in SERVICES.items()}
    assert places["database"] == ["database:/var/lib/postgresql/data"]
    assert places["web"] == places["live"] == ["media:/srv/parley/.data/media"]
    assert places["migrate"] == ["static:/srv/parley/staticfiles"]
    assert "static:/srv/static:ro" in places["proxy"]


def test_media_and_static_files_are_where_the_volumes_are() -> None:
    within = Path("/srv/parley")
    assert within / Path(settings.MEDIA_ROOT).relative_to(ROOT) == within / ".data/media"
    assert within / production.STATIC_ROOT.relative_to(ROOT) == within / "staticfiles"


def test_the_tables_are_made_once_before_anybody_serves() -> None:
    assert "manage.py migrate" in SERVICES["migrate"]["command"]
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("web", "live"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert SERVICES["proxy"]["depends_on"][name] == {"condition": "service_healthy"}
        assert "migrate" not in SERVICES[name]["command"]


def test_whoever_falls_gets_up() -> None:
    assert {name for name, service in SERVICES.items() if service["restart"] != "unless-stopped"} == {"migrate"}


def test_everybody_is_asked_for_their_health() -> None:
    """web and live by the image."""
    assert {name for name, service in SERVICES.items() if "test" in service.get("healthcheck", {})} == {
        "proxy",
        "database",
        "cache",
    }
    assert re.search(r"^HEALTHCHECK (.|\n)+/health/live", DOCKERFILE, re.MULTILINE)


def test_nobody_is_root() -> None:
    users = re.findall(r"^USER (\w+)", DOCKERFILE, re.MULTILINE)
    assert users == ["parley"]
    assert "nginx-unprivileged" in SERVICES["proxy"]["image"]  # the images of the data change to a user by themselves
    for name in (*OURS, "proxy"):
        assert "user" not in SERVICES[name]
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert not any(service.get("privileged") for service in SERVICES.values())


def test_no_secret_gets_into_the_image() -> None:
    assert {".env", ".data", ".git"} <= set((ROOT / ".dockerignore").read_text().split())
    assert not re.search(r"SECRET|PASSWORD", DOCKERFILE)


# -- what the processes make of it ------------------------------------------------------------------------------------


def test_check_deploy_finds_nothing_with_this_environment() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**without_machine(), **SERVICES["web"]["environment"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# -- the proxy's configuration ----------------------------------------------------------------------------------------


@needs_nginx
def test_nginx_accepts_it(tmp_path: Path) -> None:
    assert complaints(place(tmp_path)) == ""


@needs_nginx
def test_nginx_accepts_it_behind_another_proxy(tmp_path: Path) -> None:
    config = place(tmp_path)
    shutil.copy(PROXY / "site/behind-another-proxy.conf.example", tmp_path / "site/behind-another-proxy.conf")
    assert complaints(config) == ""


@needs_nginx
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_nginx_accepts_it_with_a_certificate(tmp_path: Path) -> None:
    config = place(tmp_path)
    shutil.copy(PROXY / "site/tls.conf.example", tmp_path / "site/tls.conf")
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=chat.example.org"
    subprocess.run(
        [*new.split(), "-keyout", tmp_path / "site/key.pem", "-out", tmp_path / "site/certificate.pem"],
        capture_output=True,
        check=True,
    )
    assert complaints(config) == ""


def test_the_proxy_lets_through_what_the_server_takes() -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 128 * 1024
    assert "client_max_body_size 128k;" in (PROXY / "nginx.conf").read_text()
