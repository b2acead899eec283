"""The pages of the batch jobs: which there are, and the pictures of one."""

from contextlib import suppress
from functools import partial

from nicegui import ui

from artmodels.errors import AtelierError
from flows.studio.frame import Studio, frame, load, say_missing
from flows.studio.origin import open_picture
from flows.studio.parts import figure, image, leaves
from tasks.studio.files import Side, page_address, picture_address
from tasks.studio.folders import Job, JobFolder, find_job, find_jobs, open_job
from tasks.studio.told import name_of, title_of

_JOBS, _PICTURES = 12, 60
_STRIP = 6


def add_jobs(studio: Studio) -> None:
    """Add the pages."""

    @ui.page("/jobs")
    async def jobs() -> None:
        def read() -> list[JobFolder]:
            found = find_jobs(studio.settings)
            # Read here, in a thread, and remembered: a long ledger would hold up the page.
            for folder in found[:_JOBS]:
                with suppress(AtelierError):
                    open_job(folder)
            return found

        with frame("Jobs"):
            await load(read, lambda found: _list(studio, found))

    @ui.page("/jobs/{id}")
    async def job(id: str) -> None:
        with frame("Jobs"):
            await load(lambda: open_job(find_job(studio.settings, id)), lambda found: _show(studio, found))


def _list(studio: Studio, found: list[JobFolder]) -> None:
    if not found:
        say_missing("No batch job has run here yet. Make a picture, or give an order: `atelier stylize --help`.")
        return
    with ui.element("h1"):
        ui.label(f"{len(found):,} jobs" if len(found) != 1 else "1 job")

    def leaf(first: int, end: int) -> None:
        for folder in found[first:end]:
            _row(studio, folder)

    leaves(len(found), _JOBS, leaf)


def _row(studio: Studio, folder: JobFolder) -> None:
    """Show a job in a line: some of its pictures, and what is known of it."""
    try:
        job = open_job(folder)
    except AtelierError as error:
        with ui.element("div").classes("job"):
            ui.label(str(error)).classes("told")
        return
    with ui.element("a").classes("job").props(f"href=/jobs/{folder.id}"):
        with ui.element("div").classes("strip"):
            for picture in job.pictures[:_STRIP]:
                image(picture_address(folder.id, picture.sha256, Side.WALL), "")
        with ui.element("div"):
            with ui.element("h2"):
                ui.label(name_of(studio.settings, job))
            ui.label(_counted(job))
            ui.label(f"{folder.changed.astimezone():%Y-%m-%d %H:%M}, {folder.name}").classes("small soft")


def _counted(job: Job) -> str:
    pictures = f"{len(job.pictures):,} picture{'' if len(job.pictures) == 1 else 's'}"
    aside = f", {len(job.set_aside):,} set aside" if job.set_aside else ""
    models = f" by {', '.join(job.models)}" if job.models else ""
    return f"{pictures}{models}{aside}"


def _show(studio: Studio, job: Job) -> None:
    with ui.element("h1"):
        ui.label(name_of(studio.settings, job))
    with ui.row().classes("items-baseline gap-4 q-mb-lg"):
        ui.label(f"{_counted(job)}. {job.folder.changed.astimezone():%Y-%m-%d %H:%M}").classes("soft")
        if job.page:
            ui.link("Its gallery", page_address(job.folder.id, job.page), new_tab=True)
    if not job.pictures:
        say_missing("The job has made no picture yet.")

    def leaf(first: int, end: int) -> None:
        with ui.element("div").classes("wall large"):
            for picture in job.pictures[first:end]:
                address = picture_address(job.folder.id, picture.sha256, Side.WALL)
                title = title_of(studio.settings, picture)
                figure(address, title, picture.model, partial(open_picture, studio, picture))

    leaves(len(job.pictures), _PICTURES, leaf)
    if job.set_aside:
        _aside(job.set_aside)


def _aside(set_aside: tuple[tuple[str, str], ...], most: int = 100) -> None:
    """Say what could not be made, and why."""
    with ui.expansion(f"{len(set_aside):,} set aside").classes("w-full q-mt-lg"):
        for output, reason in set_aside[:most]:
            ui.label(f"{output}: {reason}").classes("small soft")
