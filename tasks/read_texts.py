"""Where the texts of a reading come from: text files, folders of them, and CSV files with a column of texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artmodels.errors import AtelierError
from tasks.sources.critique import TEXT
from tasks.sources.table import read_columns

SUFFIXES = (".txt", ".md")
"""Of files that hold one text each."""

LONGEST = 1_000_000
"""Bytes of a text file that is read; no critique is longer."""


@dataclass(frozen=True)
class Text:
    """A text to read: where it is from, what it is called, and its words, or why there are none."""

    where: str
    title: str
    words: str
    fault: str = ""


def find_texts(paths: Sequence[Path], columns: Mapping[str, str]) -> list[Text]:
    """Return the texts of files, of folders, and of the rows of CSV files, in their order.

    Args:
        paths: `.txt` and `.md` files hold one text each, `.csv` files a text in each row.
        columns: {`text` or `title`: the CSV's column} where the names differ.

    Raises:
        AtelierError: a path is not there or of another kind, a CSV cannot be read as asked, or they hold no text.
    """
    found = [text for path in paths for text in _texts(path, columns)]
    if not found:
        raise AtelierError(
            f"There is no text in {', '.join(map(str, paths))}: give {', '.join(SUFFIXES)} or .csv files."
        )
    return found


def _texts(path: Path, columns: Mapping[str, str]) -> Iterator[Text]:
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.suffix.lower() in SUFFIXES:
                yield _text(file)
    elif not path.is_file():
        raise AtelierError(f"There is no file or folder {path}.")
    elif path.suffix.lower() == ".csv":
        for number, row in enumerate(read_columns(path, columns, (TEXT, "title"), TEXT), start=1):
            yield Text(f"{path}, row {number}", row.get("title", ""), row[TEXT])
    elif path.suffix.lower() in SUFFIXES:
        yield _text(path)
    else:
        raise AtelierError(f"{path} is not accepted: critiques are read from {', '.join(SUFFIXES)} and .csv files.")


def _text(path: Path) -> Text:
    try:
        if path.stat().st_size > LONGEST:
            return Text(str(path), path.stem, "", f"it is longer than {LONGEST:,} bytes")
        return Text(str(path), path.stem, path.read_text(encoding="utf-8-sig").strip())
    except UnicodeDecodeError:
        return Text(str(path), path.stem, "", "it is not UTF-8")
    except OSError as error:
        return Text(str(path), path.stem, "", f"it cannot be read ({error.strerror})")
