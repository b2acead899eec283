"""Look at what a generator can be steered by, and take it elsewhere."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="interpolate", log_prints=True)
def interpolate(
    out: str,
    seeds: str = "0-3",
    frames: int = 24,
    name: str = "",
    truncation: float = 1.0,
    size: int = 256,
    frames_per_second: int = 24,
    model: str = "champion",
) -> dict[str, Any]:
    """Paint the way from one generated picture to the next.

    Args:
        out: the file: a strip (`.png`), or a film that ends where it began (`.mp4`, `.gif`).
        seeds: the pictures to go through, two or more.
        frames: pictures from one seed to the next.
        name: class to paint; empty: the first seed decides.
        truncation: from 0, the typical picture, to 1, as varied as the works.
        size: side of a film's frames, in pixels.
        frames_per_second: of a film.
        model: an alias or a version number.

    Returns:
        the report: the file, how many pictures, the model.
    """
    wanted = {"out": out, "seeds": seeds, "frames": frames, "name": name, "truncation": truncation}
    return steps.interpolate_pictures({**wanted, "size": size, "frames_per_second": frames_per_second, "model": model})


@flow(name="directions", log_prints=True)
def directions(out: str, seed: int = 0, count: int = 8, model: str = "champion") -> dict[str, Any]:
    """Draw a sheet of what a generator's first directions do, by the numbers that an order names them by.

    Args:
        out: a folder for the sheet and its pictures.
        seed: the picture that is changed.
        count: how many directions.
        model: an alias or a version number.

    Returns:
        the report: the sheet, the model.
    """
    return steps.draw_directions(out, seed, count, model)


@flow(name="export", log_prints=True)
def export(out: str, model: str = "champion") -> dict[str, Any]:
    """Write a generator as ONNX, and check that ONNX Runtime paints the same by it.

    Args:
        out: the file, `.onnx`; beside it a `.json` tells its inputs.
        model: an alias or a version number.

    Returns:
        the report: model, classes, largest difference.
    """
    return steps.export_generator(out, model)
