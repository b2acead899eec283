"""A small project with works, models and a job, `atelier studio` as a process on it, and a browser to use it with."""

import hashlib
import shutil
from collections.abc import Iterator

import pyarrow as pa
import pytest
from prefect.settings import PREFECT_API_URL
from studio_page import ROOT, Page, picture, served

from artmodels.bundle import save_bundle
from artmodels.family import get_family
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from artmodels.style.config import StyleConfig
from artmodels.style.network import StyleTransferNet
from tasks import registry, stylize
from tasks.catalog import SCHEMA, write_catalog
from tasks.settings import Settings
from tasks.stylize_order import order

STYLES = ("cubist", "ink")
EVIL = "<img src=x onerror='window.ran = true'>{{ 7 * 7 }}"


def add_works(settings: Settings) -> None:
    """Lay down a catalog of eight artworks in two styles and two photographs."""
    rows = []
    for number in range(10):
        data, kind = picture(number), "artwork" if number < 8 else "photograph"
        digest = hashlib.sha256(data).hexdigest()
        file = settings.data / f"{kind}s" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        facts = {"width": 128, "height": 96, "phash": f"{number:016x}", "year": 1900 + number, "kind": kind}
        words = {
            "title": f"Work {number}{EVIL if number == 2 else ''}",
            "artist": f"Artist {number % 2}",
            "style": STYLES[number // 4 % 2],
        }
        names = {"id": digest, "group": digest, "file": file.relative_to(settings.data).as_posix()}
        told = {"genre": "", "licence": "CC0-1.0", "source": "made up"}
        rows.append({**dict.fromkeys(SCHEMA.names), **facts, **words, **names, **told})
    write_catalog(pa.Table.from_pylist(rows, schema=SCHEMA), settings.catalog)


def add_models(settings: Settings) -> None:
    """Register a champion and a challenger of style, and a champion of gan with two classes."""
    config = StyleConfig(depth=1, code=16, blocks=1)
    network = StyleTransferNet(1, 16, 1)
    style = save_bundle(settings.root / "style", "style", config.model_dump(mode="json"), network.state_dict())
    module = GanModule(GanConfig(resolution=16, width=4, widest=8, latent=4, classes="style"), list(STYLES))
    gan = save_bundle(settings.root / "gan", "gan", module.bundle_config(), module.bundle_state())
    for family, bundle in (("style", style), ("gan", gan), ("style", style)):
        run = registry.start_run(settings, family, "test", {}, {})
        version = registry.register(settings, get_family(family), run, bundle, {"data_md5": "0123.dir"})
        if version.number == 1:
            client = registry.connect(settings)
            client.set_registered_model_alias(family, registry.CHAMPION, "1")
            client.delete_registered_model_alias(family, registry.CHALLENGER)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A project with works, models and a job of two pictures; the tests' own process works on it, too."""
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATELIER_ROOT", str(root))
        patch.setenv("ATELIER_DEVICE", "cpu")
        patch.setenv("DVC_SITE_CACHE_DIR", str(root / ".dvc-site"))
        settings = Settings(root=root, device="cpu")
        (root / ".dvc").mkdir()
        (root / ".dvc" / "config").write_text("[core]\nanalytics = false\nno_scm = true\n")
        shutil.copy(ROOT / "dvc.yaml", root)
        add_works(settings)
        settings.scratch.mkdir()
        add_models(settings)
        artwork, photographs = settings.data / "artworks" / "0.png", settings.data / "photographs"
        wanted = order(contents=photographs, styles=[artwork], out=root / "out" / "spring")
        stylize.run(settings, wanted, lambda done, total, figures: None)
        yield settings


@pytest.fixture(scope="module")
def studio(project: Settings, prefect_api: None) -> Iterator[str]:
    """The address of the project's page, which uses the tests' Prefect server."""
    with served(project.root, PREFECT_API_URL=str(PREFECT_API_URL.value())) as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A headless Chromium with an empty profile, which notes what it asks for."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", f"user-data-dir={tmp_path_factory.mktemp('profile')}"),
        "window-size=1400,900",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, studio: str) -> Page:
    """The studio's page in the browser."""
    return Page(browser, studio)
