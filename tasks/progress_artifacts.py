"""How far a piece of work has come, on Prefect's pages: a progress artifact, and the newest preview."""

import logging
import re
import time
from pathlib import Path
from uuid import UUID

import httpx
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.exceptions import PrefectException

from artmodels.previews import newest_preview
from tasks.pace import Standing
from tasks.thumbnails import inline_jpeg

_OFTEN, _RARELY = 5.0, 60.0
"""Seconds between two calls to Prefect's server, and where it did not answer."""

_WIDTH, _QUALITY = 900, 80
"""Of the preview in the page, in pixels, and of its JPEG: the page is kept in Prefect's database."""

_log = logging.getLogger(__name__)


class ProgressArtifacts:
    """The artifacts of one task run; work goes on where Prefect does not take them."""

    def __init__(self, name: str, folder: Path | None) -> None:
        """Begin at nothing.

        Args:
            name: of the work; Prefect's page of artifacts lists `progress-NAME`.
            folder: of a training, whose newest preview is shown as `preview-NAME`.
        """
        self._name, self._folder = name, folder
        self._slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        self._progress: UUID | None = None
        self._page: UUID | None = None
        self._shown: Path | None = None
        self._next, self._away = 0.0, False
        self._try(0.0, f"**{name}** begins", None)

    def tell(self, standing: Standing, *, last: bool = False) -> None:
        """Bring the artifacts up to date, not more often than every few seconds but for the last time."""
        if not last and time.monotonic() < self._next:
            return
        preview = newest_preview(self._folder) if self._folder else None
        words = f"**{standing.name}** {standing.counted()}, {standing.facts()}"
        if preview and standing.share < 1:
            # When the model is registered, its previews are its run's.
            words += f"\n\nNewest preview: `{preview}`"
        self._try(100 * standing.share, words, preview)

    def _try(self, percent: float, words: str, preview: Path | None) -> None:
        try:
            self._send(percent, words, preview)
            self._next, self._away = time.monotonic() + _OFTEN, False
        except (httpx.HTTPError, PrefectException, RuntimeError) as error:
            if not self._away:
                _log.warning("Prefect's pages do not show how far %s is; it goes on. %s", self._name, error)
            self._next, self._away = time.monotonic() + _RARELY, True

    def _send(self, percent: float, words: str, preview: Path | None) -> None:
        if self._progress is None:
            self._progress = _known(create_progress_artifact(percent, f"progress-{self._slug}", words))
        else:
            update_progress_artifact(self._progress, percent, words)
        if preview is not None and preview != self._shown:
            picture = inline_jpeg(preview.read_bytes(), _WIDTH, _QUALITY)
            page = f"{words}\n\n![Newest preview]({picture})\n"
            if self._page is None:
                title = f"What {self._name} has learnt so far"
                self._page = _known(create_markdown_artifact(page, f"preview-{self._slug}", title))
            else:
                with get_client(sync_client=True) as client:
                    client.update_artifact(self._page, ArtifactUpdate(data=page))
            self._shown = preview


def _known(artifact: object) -> UUID:
    assert isinstance(artifact, UUID), "called from synchronous code, it returns the id itself"
    return artifact
