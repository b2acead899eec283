"""A place for a picture: it is dropped there, chosen from the disk, or taken from the catalog."""

from typing import Any

import pyarrow as pa
from nicegui import events, ui

from flows.studio.frame import Notice, Studio, in_thread, telling
from flows.studio.parts import Sifter, image, leaves, wall
from tasks.pictures import file_sha256
from tasks.studio.files import Side, upload_address, work_address
from tasks.studio.uploads import Source, keep_upload
from tasks.studio.works import file_of, find_work, works

_PER_LEAF = 24


class Slot:
    """A place for one picture.

    Args:
        studio: what the page works on.
        name: what goes there, such as `The picture`.
        hint: what to do, while it is empty.
        kind: of the catalog's works that may be taken.
        notice: where faults are told.
    """

    def __init__(self, studio: Studio, name: str, hint: str, kind: str, notice: Notice) -> None:
        self._studio, self._kind, self._notice = studio, kind, notice
        self.source: Source | None = None
        self.address = ""
        with ui.element("div"):
            ui.label(name).classes("small soft q-mb-xs")
            with ui.element("div").classes("slot") as self._slot:
                self._shown = ui.element("div").classes("contents")
                with self._shown:
                    ui.label(hint).classes("small")
                upload = ui.upload(
                    auto_upload=True,
                    max_file_size=studio.settings.max_download_bytes,
                    on_upload=self._take_upload,
                    on_rejected=self._refuse,
                ).props('accept="image/*" aria-label="Choose a file"')
                upload.on(
                    "click",
                    js_handler=f"(event) => event.target.type === 'file' || runMethod({upload.id}, 'pickFiles', [])",
                )
            self._title = ui.label().classes("small soft ellipsis q-mt-xs")
            ui.button("From the catalog", on_click=self._choose).props("flat dense no-caps size=sm color=primary")
        self._upload = upload

    async def take(self, work: dict[str, Any]) -> None:
        """Take a work of the catalog, of which this is the row."""
        await self.take_work(work["id"])

    async def take_work(self, id: str) -> None:
        """Take a work of the catalog."""
        settings = self._studio.settings
        with telling(self._notice):
            work = await in_thread(find_work, settings, id)
            path = file_of(settings, work)
            if not path.is_file():
                self._notice.tell(f"The picture of {work['title'] or id[:12]} is not here: `dvc pull` brings it.")
                return
            source = Source(path, await in_thread(file_sha256, path), work["title"] or id[:12])
            self._put(source, work_address(id, Side.SHEET))

    async def _take_upload(self, event: events.UploadEventArguments) -> None:
        with telling(self._notice):
            data = await event.file.read()
            source = await in_thread(keep_upload, self._studio.settings, data, event.file.name)
            self._put(source, upload_address(source.sha256, Side.SHEET))
        if not self._upload.is_deleted:
            self._upload.reset()

    def _refuse(self) -> None:
        most = self._studio.settings.max_download_bytes
        self._notice.tell(f"This is no picture, or has more than {most / 1e6:g} MB.")

    def _put(self, source: Source, address: str) -> None:
        if self._slot.is_deleted:
            return
        self.source, self.address = source, address
        self._slot.classes("full")
        self._title.text = source.title
        self._shown.clear()
        with self._shown:
            image(address, source.title)

    async def _choose(self) -> None:
        with telling(self._notice):
            table = await in_thread(works, self._studio.settings)
            if self._slot.is_deleted:
                return
            with ui.dialog(value=True) as dialog, ui.card().classes("sheet"):
                self._offer(table, dialog)
            dialog.on("hide", dialog.delete)

    def _offer(self, table: pa.Table, dialog: ui.dialog) -> None:
        async def take(work: dict[str, Any]) -> None:
            dialog.close()
            await self.take(work)

        def show(found: pa.Table) -> None:
            if not len(found):
                ui.label("Nothing in the catalog is like this.").classes("missing")
            leaves(len(found), _PER_LEAF, lambda first, end: wall(found.slice(first, end - first).to_pylist(), take))

        Sifter(table, show, self._kind)
