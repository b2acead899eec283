"""What a person orders of the style-transfer job, and the pictures that it names."""

from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.style.controls import Controls
from tasks.paths import GivenPath
from tasks.sources.folder import SUFFIXES


class StylizeOrder(Controls):
    """What a person orders: pictures, styles, and an artist's controls."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    contents: GivenPath = Field(description="A folder of pictures, or one picture.")
    out: GivenPath = Field(description="The job's folder: pictures, ledger, gallery.")
    styles: tuple[GivenPath, ...] = Field(
        min_length=1, description="Pictures, or folders of them: every content in each."
    )
    masks: GivenPath | None = Field(
        None,
        description="A folder of masks, white where the style is wanted: NAME.png for the content NAME.jpg; for "
        "several styles, a region each, NAME-1.png, NAME-2.png and so on.",
    )
    size: int | None = Field(None, ge=16, le=32768, description="Shorter side of the results in pixels; None: as is.")
    format: Literal["png", "jpg", "webp"] = Field("png", description="Kind of file: png loses nothing.")
    method: Literal["network", "optimise"] = Field(
        "network", description="The model in use, or minutes of optimisation a picture by its teacher: the slow best."
    )
    model: str = Field("champion", description="Alias or number of the version.")
    batch_size: int = Field(1, ge=1, le=256, description="Pictures a batch; more than 1 pays on a GPU only.")
    threads: int = Field(2, ge=1, le=64, description="Threads that decode, and as many that encode.")


def order(**fields: Any) -> StylizeOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(StylizeOrder, fields)
    if wanted.masks is not None and wanted.weights:
        raise AtelierError("weights and masks exclude each other: styles are mixed everywhere, or have a region each.")
    if wanted.method == "optimise" and (wanted.masks is not None or wanted.weights):
        raise AtelierError("method='optimise' takes one style at a time: leave out weights and masks.")
    return wanted


def find_pictures(path: Path, field: str) -> list[Path]:
    """Return the pictures of a folder and its subfolders in order, or the one picture.

    Raises:
        AtelierError: the path does not exist, or holds no picture.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise AtelierError(f"{field}: {path} does not exist: name a picture or a folder of pictures.")
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise AtelierError(f"{field}: {path} holds no picture ({', '.join(sorted(SUFFIXES))}).")
    return found


def find_styles(wanted: StylizeOrder) -> list[tuple[Path, ...]]:
    """Return the styles to paint in, one after the other; several at once where they are mixed or have regions.

    Raises:
        AtelierError: a picture does not exist, or there are not as many weights as pictures.
    """
    pictures = [picture for path in wanted.styles for picture in find_pictures(path, "styles")]
    wanted.shares_of(len(pictures))
    joined = wanted.weights or wanted.masks is not None
    return [tuple(pictures)] if joined else [(picture,) for picture in pictures]


def find_masks(folder: Path | None, content: Path, count: int) -> tuple[Path, ...]:
    """Return where a content's masks are, one for each of `count` styles; none where the order has no masks."""
    if folder is None:
        return ()
    if count == 1:
        return (folder / f"{content.stem}.png",)
    return tuple(folder / f"{content.stem}-{number}.png" for number in range(1, count + 1))
