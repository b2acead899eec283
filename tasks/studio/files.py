"""The addresses of pictures and pages: each names a thing that the house looks up itself, never a path."""

from enum import IntEnum
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from artmodels.errors import AtelierError
from tasks.reports.find import find_report
from tasks.settings import Settings
from tasks.studio import told
from tasks.studio.folders import JobFolder, find_job, find_picture, open_job
from tasks.studio.uploads import find_upload, plain_name
from tasks.studio.works import file_of, find_work
from tasks.thumbnails import make_thumbnail


class Side(IntEnum):
    """Pixels of the longer side of a small copy."""

    WALL = 320
    SHEET = 960
    SCREEN = 2048


_SHOWN = (".png", ".jpg", ".jpeg", ".webp", ".gif")
"""Files that browsers show."""

_KEPT = {"Cache-Control": "private, max-age=86400"}
_APART = {
    # A job's page may have come with its folder from elsewhere: it runs, but not as this site.
    "Content-Security-Policy": (
        "sandbox allow-scripts allow-downloads allow-popups; frame-ancestors 'none'; "
        "default-src 'self' 'unsafe-inline' data:"
    )
}


def work_address(id: str, side: Side) -> str:
    """Where a work's picture is."""
    return f"/files/works/{id}/{side}"


def upload_address(sha256: str, side: Side) -> str:
    """Where a picture is that was brought."""
    return f"/files/uploads/{sha256}/{side}"


def picture_address(job: str, sha256: str, side: Side) -> str:
    """Where a picture of a job is."""
    return f"/files/jobs/{job}/pictures/{sha256}/{side}"


def download_address(job: str, sha256: str) -> str:
    """Where the file itself is, with its credentials."""
    return f"/files/jobs/{job}/pictures/{sha256}/file"


def copy_address(job: str, sha256: str) -> str:
    """Where a job's copy of one of its sources is."""
    return f"/files/jobs/{job}/sources/{sha256}"


def page_address(job: str, page: str) -> str:
    """Where a job's own page is."""
    return f"/files/jobs/{job}/page/{page}"


def report_address(family: str, version: int) -> str:
    """Where the report of a decision is."""
    return f"/files/reports/{family}/{version}"


def routes(settings: Settings) -> APIRouter:
    """Return what answers at these addresses; what is not there is a fault in a sentence."""
    router = APIRouter(prefix="/files")

    @router.get("/works/{id}/{side}")
    def work(id: str, side: Side) -> Response:
        found = find_work(settings, id)
        return _picture(settings, file_of(settings, found), found["id"], side)

    @router.get("/uploads/{sha256}/{side}")
    def upload(sha256: str, side: Side) -> Response:
        return _picture(settings, find_upload(settings, sha256), sha256, side)

    @router.get("/jobs/{job}/pictures/{sha256}/file")
    def download(job: str, sha256: str) -> Response:
        found = find_picture(open_job(find_job(settings, job)), sha256)
        name = plain_name(told.title_of(settings, found)) + found.path.suffix
        return FileResponse(_there(found.path), filename=name)

    @router.get("/jobs/{job}/pictures/{sha256}/{side}")
    def picture(job: str, sha256: str, side: Side) -> Response:
        found = find_picture(open_job(find_job(settings, job)), sha256)
        if max(found.width, found.height) <= side and found.path.suffix in _SHOWN:
            return FileResponse(_there(found.path), headers=_KEPT)
        return _picture(settings, found.path, sha256, side)

    @router.get("/jobs/{job}/sources/{sha256}")
    def source(job: str, sha256: str) -> Response:
        # A digest is a name without slashes; what has others is found nowhere.
        path = told.copy_of(find_job(settings, job), sha256 if sha256.isalnum() else "")
        return FileResponse(_there(path), headers=_KEPT)

    @router.get("/jobs/{job}/page/{name:path}")
    async def page(job: str, name: str, request: Request) -> Response:
        return await _within(find_job(settings, job), name, request)

    @router.get("/reports/{family}/{version}")
    def report(family: str, version: int) -> Response:
        page = find_report(settings, f"{family}/{version}", "promotion")
        return HTMLResponse(page.read_text(encoding="utf-8"), headers=_APART)

    return router


async def _within(job: JobFolder, name: str, request: Request) -> Response:
    """Return a page of a job, or what lies beside it; Starlette looks that it is inside, links included."""
    response = await StaticFiles(directory=job.path).get_response(name, request.scope)
    response.headers.update(_APART)
    return response


def _picture(settings: Settings, path: Path, sha256: str, side: Side) -> Response:
    copy = make_thumbnail(path, sha256, side, settings.scratch / "studio" / "thumbnails")
    if copy is None:
        raise AtelierError("The picture is gone, or cannot be read.")
    return FileResponse(copy, headers=_KEPT)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise AtelierError("The file is gone.")
    return path
