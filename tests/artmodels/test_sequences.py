import pickle

import numpy as np
import pytest

from artmodels.errors import AtelierError
from artmodels.sequences import WORDS, Sequences
from tasks.sequences import row_of, write_sequences


@pytest.fixture
def path(tmp_path):
    piece = np.array([[60, 64], [62, -1], [59, 65]], np.int16)
    rows = [
        row_of((piece, {"voices": 0.0}), {"split": "train", "title": "A", "licence": "own work"}),
        row_of(("Étude, calm", {"total": 61.5, "colour": 7.0}), {"split": "test", "label": "oil"}),
    ]
    write_sequences(tmp_path / "music.parquet", rows)
    return tmp_path / "music.parquet"


def test_what_was_written_comes_back(path):
    sequences = Sequences(path)
    piece, text = (int(sequences.where(split)[0]) for split in ("train", "test"))
    assert sequences.array(piece).tolist() == [[60, 64], [62, -1], [59, 65]]
    assert sequences.text(text) == "Étude, calm"
    assert sequences.figures(text) == {"total": 61.5, "colour": 7.0}
    assert sequences.table.loc[text, "label"] == "oil"
    assert set(sequences.table) == {"id", "split", *WORDS}
    assert len(sequences) == 2
    assert sequences.where().tolist() == [0, 1]


def test_a_copy_for_another_process_is_the_same(path):
    sequences = Sequences(path)
    copy = pickle.loads(pickle.dumps(sequences))
    assert (copy.digest, len(copy)) == (sequences.digest, 2)


def test_what_is_missing_or_damaged_is_said(path):
    with pytest.raises(AtelierError, match=r"No critique at .*atelier ingest PATH --kind critique"):
        Sequences(path.with_name("critique.parquet"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(AtelierError, match=r"damaged.*repro --force sequences"):
        Sequences(path)
