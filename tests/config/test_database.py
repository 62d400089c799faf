"""What happens to connections between requests, in a process that serves."""

import pytest
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

from config.database import look_once_a_request


@pytest.fixture
def signals():
    """With Django's receivers, whatever other tests have imported; afterwards as they were."""
    both = (request_started, request_finished)
    before = [list(signal.receivers) for signal in both]
    for receiver in (reset_queries, close_old_connections):
        request_started.connect(receiver)
    for receiver in (close_old_connections, close_caches, reset_urlconf):
        request_finished.connect(receiver)
    yield
    for signal, receivers in zip(both, before, strict=True):
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def heard_by(signal):
    return signal._live_receivers(None)[0]


def test_connections_are_looked_at_before_a_request_and_only_then(signals):
    look_once_a_request()
    assert close_old_connections in heard_by(request_started)
    assert reset_queries not in heard_by(request_started)
    assert not {close_old_connections, close_caches, reset_urlconf} & set(heard_by(request_finished))


def test_a_developer_keeps_the_statements_of_one_request(signals, settings):
    settings.DEBUG = True
    look_once_a_request()
    assert reset_queries in heard_by(request_started)
