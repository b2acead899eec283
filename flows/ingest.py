"""Take artworks in: check them, catalog them, version them."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="ingest", log_prints=True)
def ingest(
    source: str,
    kind: str = "artwork",
    metadata: str | None = None,
    columns: dict[str, str] | None = None,
    defaults: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Take in pictures or sequences, and track the data in DVC.

    Args:
        source: a folder of pictures, or a CSV file of paths or URLs; for other kinds a file or folder of that kind.
        kind: `artwork`; `photograph` for contents to repaint; `music`, `drawing` or `critique`.
        metadata: a CSV file that describes a folder's pictures.
        columns: catalog column to the CSV's column.
        defaults: values for columns that the source leaves empty.

    Returns:
        how many were added, known already, refused; where the refusals are; the data's new md5.
    """
    report = steps.ingest_source(source, kind, metadata, columns or {}, defaults or {})
    steps.tell_data(report)
    return report
