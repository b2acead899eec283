"""The studio's page for tests: served by a process of its own, and used by what is written on it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

ROOT = Path(__file__).parents[3]


def picture(seed: int, height: int = 96, width: int = 128) -> bytes:
    """Return a smooth random picture as PNG: no two seeds look alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 7, 3), np.uint8)
    return cv2.imencode(".png", cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))[1].tobytes()


@contextmanager
def served(root: Path, **environment: str) -> Iterator[str]:
    """Serve a project's page; yield its address. No bug may have shown in the terminal."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    here |= {"ATELIER_ROOT": str(root), "PYTHONPATH": str(ROOT), "ATELIER_DEVICE": "cpu", **environment}
    command = [sys.executable, "-m", "flows.cli", "studio", "--port", str(port), "--no-open"]
    log = root / "studio.log"
    with log.open("w") as file, subprocess.Popen(command, cwd=root, env=here, stdout=file, stderr=file) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            while not _answers(address):
                assert process.poll() is None, log.read_text()
                time.sleep(0.2)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    assert "Traceback" not in log.read_text(), log.read_text()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False


class Page:
    """A page, used as a person would: by what is written on it."""

    def __init__(self, browser, address: str) -> None:
        self.browser, self.address = browser, address

    def open(self, path: str) -> None:
        """Go to a page."""
        self.browser.get(self.address + path)

    def wait(self, look: Callable[[], object]) -> object:
        """Wait until something is there; what goes away while it is looked at is looked at again."""
        from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
        from selenium.webdriver.support.ui import WebDriverWait

        waiting = WebDriverWait(self.browser, 60, 0.1, [StaleElementReferenceException])
        try:
            return waiting.until(lambda driver: look())
        except TimeoutException:
            pytest.fail(f"the page says: {self.text}")

    @property
    def text(self) -> str:
        """All that can be read."""
        return str(self.browser.find_element("tag name", "body").text)

    def says(self, words: str) -> None:
        """Wait until the page says something."""
        self.wait(lambda: words in self.text)

    def all(self, selector: str) -> list:
        """Everything of a kind that can be seen."""
        return [one for one in self.browser.find_elements("css selector", selector) if one.is_displayed()]

    def click(self, selector: str, words: str = "", number: int = 0) -> None:
        """Click what is of a kind and says something."""

        def clicked() -> bool:
            found = [one for one in self.all(selector) if words in one.text and one.is_enabled()][number:]
            if found:
                # By script: a person scrolls to what a bar at the bottom covers.
                self.browser.execute_script("arguments[0].click()", found[0])
            return bool(found)

        self.wait(clicked)

    def write(self, label: str, words: str) -> None:
        """Write into a field."""
        field = self.wait(lambda: self.browser.find_elements("css selector", f"input[aria-label='{label}']"))[0]
        field.send_keys(words)

    def drop(self, selector: str, file: Path) -> None:
        """Drop a file on something, as from the desk."""
        box = self.wait(lambda: self.all(selector))[0].rect
        where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for kind in ("dragEnter", "dragOver", "drop"):
            data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
            self.browser.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
            # The place shows that it takes the file, before it is let go.
            time.sleep(0.3)

    def shown(self, selector: str) -> list[str]:
        """Wait until the pictures of a kind are there; return where they are."""
        script = (
            "const all = [...document.querySelectorAll(arguments[0])]; all.forEach((i) => i.loading = 'eager');"
            "return all.length && all.every((i) => i.complete && i.naturalWidth) ? all.map((i) => i.src) : null"
        )
        return list(self.wait(lambda: self.browser.execute_script(script, selector)))
