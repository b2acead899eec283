"""Read a batch of written critiques with a registered reader."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="read", log_prints=True)
def read(
    critiques: list[str], out: str, columns: dict[str, str] | None = None, model: str = "champion"
) -> dict[str, Any]:
    """Say of every critique which scores experts would give with it; run again, it does only what is missing.

    Args:
        critiques: text files, folders of them, or CSV files with a column of texts.
        out: the job's folder: table, page, readings.
        columns: the CSV's columns of `text` and `title`, where they have other names.
        model: an alias or a version number.

    Returns:
        the job's report: done, refused, skipped, seconds, table, page, readings.
    """
    return steps.read_critiques({"critiques": critiques, "out": out, "columns": columns or {}, "model": model})
