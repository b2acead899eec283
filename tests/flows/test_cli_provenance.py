"""The commands about where pictures come from and what models learnt from; real certificates and pictures."""

import json
import sys

import pytest

from flows import cli
from flows.cli.provenance import NOT_INTACT
from tasks.batch.encode import encode_picture
from tasks.provenance import open_credentials
from tasks.settings import load_settings


@pytest.fixture
def atelier(tmp_path, monkeypatch, capsys):
    """Run a command in a studio of its own; return its exit code and what it says."""
    monkeypatch.setenv("ATELIER_ROOT", str(tmp_path))

    def atelier(*arguments):
        monkeypatch.setattr(sys, "argv", ["atelier", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return atelier


@pytest.fixture
def picture(tmp_path, atelier, make_painting):
    path = tmp_path / "out" / "7.png"
    path.parent.mkdir()
    record = {"seed": 7, "model": {"name": "gan", "version": 2, "data_md5": "0123.dir"}}
    path.write_bytes(
        open_credentials(load_settings()).sign(encode_picture(make_painting(1), ".png"), path.name, record)
    )
    return path


def test_a_picture_is_verified_in_words(atelier, picture):
    code, said = atelier("verify", picture)
    assert code == 0
    assert said.splitlines()[0] == f"{picture}: intact."
    assert "Model: gan version 2, which learnt from the data 0123.dir." in said
    assert "Seed: 7." in said


def test_a_folder_with_one_bad_picture_is_not_intact(atelier, picture, make_painting):
    foreign = picture.with_name("8.png")
    foreign.write_bytes(encode_picture(make_painting(2), ".png"))
    code, said = atelier("verify", picture.parent)
    assert code == NOT_INTACT
    assert f"{picture}: intact." in said
    assert f"{foreign}: no credentials: nothing says where it comes from." in said


def test_json_is_an_object_a_line(atelier, picture):
    code, said = atelier("verify", picture, picture, "--json")
    assert code == 0
    one, other = map(json.loads, said.splitlines())
    assert one == other
    assert (one["state"], one["says"]["seed"]) == ("intact", 7)


def test_what_is_not_there_is_one_sentence(atelier, tmp_path):
    code, said = atelier("verify", tmp_path / "gone.png")
    assert code == 1
    assert said.strip() == f"atelier: {tmp_path}/gone.png does not exist: name a picture."
