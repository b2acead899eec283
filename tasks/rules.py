"""Ratings by stated rules, where no person has rated: `python -m tasks.rules ratings.csv`, then `atelier rate`.

See `artmodels.critic.rules`. The one who rates is called `rules`, so that the file says what it is.
"""

import csv
import io
import sys
from pathlib import Path

from artmodels.critic.rules import rate_by_rules
from artmodels.errors import AtelierError
from tasks.catalog import read_catalog
from tasks.decode import decode
from tasks.files import replacing
from tasks.ratings import COLUMNS
from tasks.settings import Settings, load_settings
from tasks.threads import map_in_order

RATER = "rules"


def write_ratings(settings: Settings, path: Path) -> int:
    """Write a CSV that rates every artwork of the catalog by the rules; return how many.

    Raises:
        AtelierError: there is no catalog, or a picture of it is missing.
    """
    works = [row for row in read_catalog(settings.catalog).to_pylist() if row["kind"] == "artwork"]

    def rate(row: dict[str, str]) -> float:
        # It was within the limits when it came in.
        return rate_by_rules(decode(settings.data / row["file"], 2**62, 1).image)

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row, rating in zip(works, map_in_order(rate, works), strict=True):
        writer.writerow([RATER, row["id"], f"{rating:.3f}"])
    with replacing(path) as part:
        part.write_text(text.getvalue())
    return len(works)


def main(arguments: list[str]) -> int:
    """Write the ratings; return the exit status: 1 after a fault, which is printed."""
    if len(arguments) != 1:
        print("usage: python -m tasks.rules RATINGS.csv", file=sys.stderr)
        return 2
    try:
        print(f"{write_ratings(load_settings(), Path(arguments[0]))} works rated by rules: {arguments[0]}")
    except AtelierError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
