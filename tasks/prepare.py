"""The stages of `dvc.yaml`: `python -m tasks.prepare split`, `pack` and `sequences`.

DVC starts them, and decides when; nothing here takes the data lock, because whoever called DVC holds it.
"""

import sys
from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artmodels.accept import first_fault
from artmodels.errors import AtelierError
from tasks.catalog import read_catalog
from tasks.pack import pack_images
from tasks.sequences import deal
from tasks.settings import Settings, load_settings
from tasks.splits import split_catalog


class SplitParams(BaseModel):
    """The section `split` of `params.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fractions: dict[str, float] = Field(description="Share of groups in train, validation and test; sums to 1.")
    seed: int = Field(description="Another seed deals the groups anew.")


class PackParams(BaseModel):
    """The section `pack` of `params.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=16, le=4096, description="Shorter side of a packed image, in pixels.")
    longest: int = Field(ge=16, le=16384, description="Longest side; what is longer loses both ends.")


class Params(BaseModel):
    """What `params.yaml` says about preparing the data; its other sections are others' business."""

    split: SplitParams
    pack: PackParams


def read_params(path: Path) -> Params:
    """Read `params.yaml`.

    Raises:
        AtelierError: the file is missing, or is not YAML, or a field is not accepted; names it.
    """
    try:
        return Params.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise AtelierError(f"{path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise AtelierError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    except ValidationError as error:
        field, _, reason = first_fault(error)
        raise AtelierError(f"{path}, {field}: {reason}.") from error


def split(settings: Settings) -> None:
    """Write `prepared/splits.parquet`.

    Raises:
        AtelierError: catalog or params are missing or not accepted.
    """
    params = read_params(settings.root / "params.yaml").split
    catalog = read_catalog(settings.catalog)
    split_catalog(catalog, params.fractions, params.seed, settings.prepared / "splits.parquet")


def pack(settings: Settings) -> None:
    """Write `prepared/packed/`.

    Raises:
        AtelierError: catalog, params, splits or a picture are missing or not accepted.
    """
    params = read_params(settings.root / "params.yaml").pack
    splits = settings.prepared / "splits.parquet"
    if not splits.is_file():
        raise AtelierError(f"No splits at {splits}: run `dvc repro`.")
    catalog = read_catalog(settings.catalog).to_pandas(integer_object_nulls=True)
    rows = catalog.merge(pd.read_parquet(splits, columns=["id", "split"]), on="id", validate="one_to_one")
    rows[["year", "rating_count"]] = rows[["year", "rating_count"]].astype("Int32")
    pack_images(rows, settings.data, settings.prepared / "packed", params.size, params.longest)


def sequences(settings: Settings) -> None:
    """Write `prepared/sequences/`.

    Raises:
        AtelierError: params or sequences are missing or not accepted.
    """
    params = read_params(settings.root / "params.yaml").split
    deal(settings, params.fractions, params.seed)


STAGES = {"split": split, "pack": pack, "sequences": sequences}


def main(arguments: list[str]) -> int:
    """Run one stage; return the exit status: 1 after a fault, which is printed."""
    if len(arguments) != 1 or arguments[0] not in STAGES:
        print(f"usage: python -m tasks.prepare {'|'.join(STAGES)}", file=sys.stderr)
        return 2
    try:
        STAGES[arguments[0]](load_settings())
    except AtelierError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
