"""Fixtures of the flows' tests: Prefect's API in this process, and a small project that the settings find."""

from collections.abc import Iterator

import pytest
from prefect.testing.utilities import prefect_test_harness

from tasks.settings import Settings


@pytest.fixture(scope="session")
def prefect_api() -> Iterator[None]:
    """Prefect with a database of its own."""
    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def workshop(small_project: Settings, prefect_api: None) -> Settings:
    """The small project, with Prefect's API to run its flows."""
    return small_project
