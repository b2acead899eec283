"""Anything may be in a file that people drop: what is no order is told in one sentence."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from tasks.orders.desk import Desk
from tasks.orders.forms import FORMS, MOST_BYTES, GenerateForm, StylizeForm, read_form, write_form
from tasks.settings import Settings


def fault(data: bytes | str, file: str = "spring.yaml") -> str:
    """Return what is said of a file that is no order."""
    with pytest.raises(AtelierError) as raised:
        read_form(data.encode() if isinstance(data, str) else data, file)
    said = str(raised.value)
    assert said.startswith(f"{file}: ")
    return said.removeprefix(f"{file}: ")


def test_an_order_is_read_from_yaml_and_from_json():
    fields = {"kind": "stylize", "contents": "photos", "styles": ["a.jpg"], "alpha": 0.5, "destination": "spring"}
    form = read_form(yaml.safe_dump(fields).encode(), "spring.yaml")
    assert isinstance(form, StylizeForm)
    assert (form.contents, form.alpha, form.destination) == (Path("photos"), 0.5, Path("spring"))
    assert read_form(json.dumps(fields, indent="\t").encode(), "spring.json") == form
    assert isinstance(read_form(b"kind: generate", "x.yml"), GenerateForm)


def test_an_order_is_written_as_the_same_bytes_each_time():
    form = read_form("kind: generate\nclasses: ['Ukiyo-é']\ncount: 3\n".encode(), "x.yaml")
    assert read_form(write_form(form), "x.yaml") == form
    assert write_form(form) == write_form(read_form(write_form(form), "y.yaml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is not accepted: fields with a name each, such as `kind: stylize`."),
        ("- kind", "the file is not accepted: fields with a name each"),
        ("1: 2", "the file is not accepted: fields with a name each"),
        ("kind: paint", "kind='paint' is not accepted: one of stylize, generate."),
        ("kind: [stylize]", "kind=['stylize'] is not accepted"),
        ("kind: generate\nout: x", "'out' is no field of kind: generate"),
        ("kind: generate\nsedes: x", "'sedes' is no field of kind: generate (did you mean 'seeds'?); accepted are "),
        ("kind: generate\nthreads: 64", "'threads' is no field"),
        ("kind: generate\ncount: many", "count='many' is not accepted"),
        ("kind: generate\ncount: 0", "count=0 is not accepted: Input should be greater than or equal to 1."),
        ("kind: generate\nseeds: 9-3", "seeds='9-3' is not accepted: 9-3 is empty"),
        ("kind: stylize", "contents is missing: A folder of pictures, or one picture."),
        ("kind: stylize\ncontents: a\nstyles: [b]\nalpha: 2", "alpha=2 is not accepted"),
        ("kind: stylize\ncontents: a\nstyles: [b]\nweights: [1]\nmasks: m", "weights and masks exclude each other"),
        ("kind: [stylize", "line 1: expected ',' or ']'"),
        ("kind: generate\ncount: 2026-99-99", "neither YAML nor"),
        ("a: &a [x]\nb: *a", "line 2: aliases and tags are not accepted"),
        ("kind: !!python/object:os.system {}", "line 1: aliases and tags are not accepted"),
        ("[" * 100_000, "neither YAML nor"),
        ("x" * (MOST_BYTES + 1), "more than 1000000 bytes are not accepted."),
    ],
)
def test_what_is_no_order_is_told_with_file_and_field(text, said):
    assert said in fault(text)


def test_a_list_that_grows_without_bounds_is_refused_at_once():
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"] + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    assert "aliases and tags are not accepted" in fault("\n".join(lines))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["../..", "s3://x/y", "/etc/passwd", "a\0b", "x" * 5000, "champion", "0-9", "~", "http://127.0.0.1/"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted({name for form in FORMS.values() for name in form.model_fields})) | st.text(max_size=8)
FIELDS = st.builds(
    lambda kind, fields: {"kind": kind} | fields,
    st.sampled_from(sorted(FORMS)),
    st.dictionaries(NAMES, VALUES, max_size=5),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk in an empty folder."""
    return Desk(Settings(root=tmp_path_factory.mktemp("desk")))


def check(desk: Desk, data: bytes, file: str) -> None:
    """Check that a file is an order, or is told in one line not to be; nothing is written either way."""
    try:
        desk.check(data, file)
    except AtelierError as error:
        said = str(error)
        assert said.startswith(f"{file}: ")
        assert said.isprintable()
        assert len(said) < 700
    assert list(desk._settings.root.iterdir()) == []


@given(st.binary(max_size=200), st.sampled_from(["a.yaml", "a.json"]))
def test_any_bytes(desk, data, file):
    check(desk, data, file)


@given(st.text(alphabet="kind: stylgera[]{}&*!|>-'\"%@`,#?\n\t0123456789.~<=", max_size=60))
def test_any_text_that_looks_like_yaml(desk, text):
    check(desk, text.encode(), "a.yaml")


@given(FIELDS, st.booleans())
def test_any_fields(desk, fields, as_json):
    data = json.dumps(fields) if as_json else yaml.safe_dump(fields, allow_unicode=False)
    check(desk, data.encode(), "a.json" if as_json else "a.yaml")


def test_the_documented_orders_are_accepted():
    text = (Path(__file__).parents[3] / "docs" / "orders.md").read_text()
    examples = re.findall(r"^```(yaml|json)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(examples) == 4
    for suffix, example in examples:
        assert read_form(example.encode(), f"example.{suffix}").kind in FORMS
