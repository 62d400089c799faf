"""HTTPS=on behind the proxy: who came by plain http is sent to https, and only a proxy says how somebody came."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose import command_of
from tests.deploy import nginx
from tests.deploy.test_proxy import Street, is_listening, prepare
from tests.operations import ME
from tests.servers import database, free_ports, running, wait_for

pytestmark = nginx.needs_nginx


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a web process that is asked over https alone."""
    folder, (port,) = tmp_path_factory.mktemp("https"), free_ports(1)
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tests.deploy.settings",
        "SECRET_KEY": "for the street before a house with a lock, in tests",
        "JWT_SECRET_KEY": "for the street behind a house with a lock, in tests",
        "DEBUG": "off",
        "HTTPS": "on",
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "127.0.0.1",
        "STATIC_ROOT": str(folder / "static"),
        "GRANIAN_PORT": str(port),
    }
    with database(folder) as url:
        environment["DATABASE_URL"] = url
        prepare(folder, environment)
        with running(command_of("web"), environment, folder / "web.log"):
            wait_for(is_listening(port))
            yield port


def open_street(folder: Path, web: int, site: str = "") -> Iterator[Street]:
    (port,) = free_ports(1)
    config = nginx.place(folder, port=port, web=web)
    (folder / "site" / "here.conf").write_text(site)
    with running(nginx.command(config), {"PATH": os.environ["PATH"]}, folder / "proxy.err"):
        wait_for(is_listening(port))
        yield Street(port, folder)


@pytest.fixture
def street(web: int, tmp_path: Path) -> Iterator[Street]:
    """The proxy stands at the street itself."""
    yield from open_street(tmp_path, web)


@pytest.fixture
def yard(web: int, tmp_path: Path) -> Iterator[Street]:
    """Before the proxy stands another one, which has the certificates and says how the client came."""
    yield from open_street(tmp_path, web, "set $scheme_outside $http_x_forwarded_proto;\n")


@pytest.mark.parametrize("claim", [{}, {"X_Forwarded_Proto": "https"}], ids=["as it is", "claiming https"])
def test_a_plain_request_is_sent_to_https(street: Street, claim: dict[str, str]) -> None:
    response, _ = street.ask("/graphql", **claim)
    assert response.status == 301
    assert response.headers["Location"] == f"https://127.0.0.1:{street.port}/graphql"


def test_a_request_that_came_by_https_is_served(yard: Street) -> None:
    assert yard.graphql(ME, X_Forwarded_Proto="https") == {"me": None}
    response, _ = yard.ask("/graphql?query={me{id}}", X_Forwarded_Proto="https")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_there_too_a_plain_one_is_sent_to_https(yard: Street) -> None:
    assert yard.ask("/graphql?query={me{id}}", X_Forwarded_Proto="http")[0].status == 301


def test_health_is_told_over_http_to_those_who_stand_beside_it(street: Street) -> None:
    assert street.ask("/health/live")[0].status == 200
