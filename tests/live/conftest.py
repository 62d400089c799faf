"""One live process for all tests that need a real one."""

from collections.abc import Iterator

import pytest

from tests.live.process import Process, live_process


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with live_process(tmp_path_factory.mktemp("live")) as process:
        yield process
