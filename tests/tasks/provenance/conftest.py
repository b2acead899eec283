"""Fixtures of credentials: a studio that signs, and a stranger who does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.batch import Item, item_key
from tasks.provenance import Credentials, open_credentials
from tasks.settings import Settings


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a studio with a certificate of its own machine."""
    settings = Settings(root=tmp_path_factory.mktemp("studio"))
    open_credentials(settings)
    return settings


@pytest.fixture(scope="session")
def credentials(studio: Settings) -> Credentials:
    return open_credentials(studio)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of another studio, on another machine."""
    settings = Settings(root=tmp_path_factory.mktemp("stranger"))
    open_credentials(settings)
    return settings


@pytest.fixture
def photo(tmp_path: Path, encode: Callable[..., bytes], make_painting: Callable[..., object]) -> Path:
    path = tmp_path / "photos" / "boat.jpg"
    path.parent.mkdir()
    path.write_bytes(encode(make_painting(1), "JPEG"))
    return path


def stylized(content: Path, output: str = "boat--night.png") -> Item:
    """The item of a picture that is made of one."""
    from tasks.pictures import file_sha256

    described = {"path": str(content), "sha256": file_sha256(content)}
    record = {
        "content": described,
        "style": described,
        "model": {"name": "style", "version": 3, "data_md5": "0123.dir"},
        "parameters": {"alpha": 0.8, "begun": "/home/ada/secret/sketch.svg"},
    }
    return Item(item_key(record), output, record)


@pytest.fixture(name="stylized")
def _stylized() -> Callable[..., Item]:
    return stylized
