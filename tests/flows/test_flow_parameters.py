"""Whatever a parameter of a flow is given: it is accepted, or refused in a sentence that names it; nothing is written.

Prefect checks types first, then the flow's own code runs, with its tasks as the plain functions that they are. What
would open the registry or run DVC ends the run: the parameters were accepted.
"""

import importlib
import inspect
import logging
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import prefect.artifacts
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from prefect import Flow, Task
from prefect.exceptions import ParameterTypeError

import tasks.progress
from artmodels.errors import AtelierError
from flows import cli
from tasks import intake, probe, registry, steps, versions

ROOT = Path(__file__).parents[2]

_ENTRYPOINTS = [one["entrypoint"] for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]]
# Flows without a deployment, which the command line starts.
_OTHERS = ["flows/train.py:estimate", "flows/steer.py:directions", "flows/steer.py:export"]


def _flow_of(entrypoint: str) -> Flow[..., Any]:
    file, _, name = entrypoint.partition(":")
    found: Flow[..., Any] = getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), name)
    return found


FLOWS = {entrypoint.partition(":")[2]: _flow_of(entrypoint) for entrypoint in [*_ENTRYPOINTS, *_OTHERS]}
"""By the name of the function. More than one deployment may run a flow."""

ASKING = [name for name, flow in FLOWS.items() if inspect.signature(flow.fn).parameters]
"""Flows that have parameters."""

TEXTS = st.sampled_from(
    [
        *("", " ", ".", "..", "../..", "/", "/dev/null", "/proc/self/mem", "~", "-", "--help", "x", "nowhere/a.png"),
        *("a\x00b", "\udcff", "a\nb", "\x1b[31mred", "\u202etxt", "=1+1", "<script>", "{{ 1 }}", "%s%n", "'; --"),
        *(
            "9" * 400,
            "é" * 300,
            "a/" * 3000,
            "1-0",
            "0-99999999999",
            "champion@",
            "models:/x/1",
            "style/1",
            "None",
            "nan",
        ),
    ]
) | st.text(max_size=20)

NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 10**30, -(10**30), 2**63, 1e308, 1e-308, 10**400, True])

ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | TEXTS | NUMBERS | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS | st.integers(), inner, max_size=2),
    max_leaves=3,
)


class Accepted(Exception):  # noqa: N818 - no fault
    """The run came as far as the registry or DVC."""


def _accept(*_: Any, **__: Any) -> None:
    raise Accepted


@contextmanager
def _silence(*_: object, **__: object) -> Iterator[Any]:
    yield lambda *_: None


@pytest.fixture(scope="module")
def plain_flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project without data, in which tasks and flows are plain functions; returns its folder."""
    root = tmp_path_factory.mktemp("project")
    for name in ("dvc.yaml", "params.yaml"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "pictures").mkdir()
    Image.new("RGB", (80, 80)).save(root / "pictures" / "1.png")
    (root / "said.txt").write_text("A calm light.")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.getLogger("prefect.flows"), "disabled", True)
        patch.setenv("ATELIER_ROOT", str(root))
        patch.chdir(root)
        for name in ("open_model", "find", "connect"):
            patch.setattr(registry, name, _accept)
        for name in ("ingest", "ingest_sequences"):
            patch.setattr(intake, name, _accept)
        patch.setattr(probe, "probe", _accept)
        patch.setattr(prefect.artifacts, "create_table_artifact", lambda *_, **__: None)
        patch.setattr(versions, "pull", lambda settings: None)
        patch.setattr(versions, "reproduce", lambda settings: set())
        patch.setattr(versions, "data_md5", lambda settings: f"{0:032}.dir")
        patch.setattr(tasks.progress, "showing_progress", _silence)
        for module in {importlib.import_module(flow.fn.__module__) for flow in FLOWS.values()} | {steps}:
            for name, value in list(vars(module).items()):
                if isinstance(value, Flow | Task):
                    patch.setattr(module, name, value.fn)
        yield root


def good(root: Path) -> dict[str, Any]:
    """Return what is accepted for parameters that must be given."""
    pictures, out = str(root / "pictures"), str(root / "out")
    return {
        **{"source": pictures, "contents": pictures, "styles": [f"{pictures}/1.png"], "pictures": [pictures]},
        **{"clip": pictures, "critiques": [str(root / "said.txt")], "ratings": "ratings.csv", "out": out},
        "person": "Ada",
    }


OUT = {"stylize_video": "out.mp4", "interpolate": "out.gif", "export": "out.onnx"}


def parameters_of(name: str, root: Path) -> dict[str, Any]:
    """Return parameters that a flow accepts."""
    known = good(root) | {"out": str(root / OUT.get(name, "out"))}
    if name == "advise":
        # Here a number of styles.
        del known["styles"]
    return {key: known[key] for key in inspect.signature(FLOWS[name].fn).parameters if key in known}


def contents(root: Path) -> list[str]:
    """Return what lies in a project, but for what this machine scratches, and the list that `opt_out` is to extend."""
    return sorted(str(path) for path in root.rglob("*") if not {".atelier", "opt-out.txt"} & set(path.parts))


def sentence_of(name: str, parameters: Mapping[str, Any]) -> str:
    """Run a flow; return what it says where it refuses its parameters."""
    flow = FLOWS[name]
    try:
        flow.fn(**flow.validate_parameters(dict(parameters)))
    except (AtelierError, ParameterTypeError) as error:
        return cli.sentence_of(error)
    except Accepted:
        return ""
    return ""


@pytest.mark.parametrize("name", ASKING)
@settings(max_examples=5)
@given(chance=st.data())
def test_a_parameter_is_accepted_or_refused_in_a_sentence(plain_flows, name, chance):
    demand_sentence(plain_flows, name, chance)


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKING)
@settings(max_examples=200)
@given(chance=st.data())
def test_many_parameters_are_accepted_or_refused_in_a_sentence(plain_flows, name, chance):
    demand_sentence(plain_flows, name, chance)


def demand_sentence(plain_flows: Path, name: str, chance: st.DataObject) -> None:
    parameter = chance.draw(st.sampled_from(list(inspect.signature(FLOWS[name].fn).parameters)))
    value, before = chance.draw(ODD), contents(plain_flows)
    said = sentence_of(name, parameters_of(name, plain_flows) | {parameter: value})
    assert "Traceback" not in said
    assert not {unicodedata.category(letter) for letter in said} & {"Cc", "Cs", "Zl", "Zp"}
    assert contents(plain_flows) == before


@pytest.mark.parametrize("name", ASKING)
def test_what_cannot_be_names_the_parameter(plain_flows, name):
    """An object is nothing that any parameter takes, and a number is no text."""
    for parameter in inspect.signature(FLOWS[name].fn).parameters:
        for value in (object(), {"x": object()}):
            if "Any" in str(inspect.signature(FLOWS[name].fn).parameters[parameter].annotation):
                continue
            said = sentence_of(name, parameters_of(name, plain_flows) | {parameter: value})
            assert parameter in said


PATHS = ("source", "metadata", "contents", "clip", "choices", "ratings", "out", "masks", "phrase", "soprano")


@pytest.mark.parametrize("name", ASKING)
def test_an_impossible_path_names_its_parameter(plain_flows, name):
    for parameter in filter(PATHS.__contains__, inspect.signature(FLOWS[name].fn).parameters):
        for path in ("a\x00b", "é" * 200, "a/" * 3000):
            said = sentence_of(name, parameters_of(name, plain_flows) | {parameter: path})
            assert said.startswith(f"{parameter}="), said


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("stylize", {"alpha": "x"}, "alpha: Input should be a valid number"),
        ("stylize", {"alpha": float("nan")}, "alpha=nan is not accepted"),
        ("stylize", {"keep_best": 0}, "keep_best: Input should be greater than or equal to 1"),
        ("stylize", {"styles": []}, "styles=[] is not accepted"),
        ("generate", {"directions": {0: float("inf")}}, "directions.0=inf is not accepted"),
        ("taste", {"scale": (5, 1)}, "scale=(5.0, 1.0) is not accepted"),
        ("taste", {"scale": (0, float("inf"))}, "scale.1=inf is not accepted"),
        ("train", {"config": {"texture_weight": float("inf")}}, "texture_weight=inf is not accepted"),
        ("train", {"trigger": "a\nb"}, "trigger: String should match pattern"),
        ("promote", {"by": "x" * 201}, "by: String should have at most 200 characters"),
        ("promote", {"by": ""}, "by: String should have at least 1 character"),
        ("train", {"family": "os:system"}, "There is no model family 'os:system'"),
        ("sweep", {"low": float("nan")}, "low=nan is not accepted"),
        ("ingest", {"kind": "statue"}, "The kind 'statue' is not accepted"),
    ],
)
def test_what_is_said(plain_flows, name, given, said):
    assert said in sentence_of(name, parameters_of(name, plain_flows) | given)
