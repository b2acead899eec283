"""A verdict in words, for a person."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from tasks.provenance.manifest import COMPOSED, ENHANCED, GENERATED
from tasks.provenance.reading import Verdict

_SOURCES = {
    GENERATED: "painted by a model, from nothing but chance",
    COMPOSED: "made by a model from other pictures",
    ENHANCED: "another picture, edited by rule",
}


def told(verdict: Verdict) -> Iterator[str]:
    """Yield lines that tell a verdict: first what it is, then what the credentials say, then by whom."""
    for line in _lines(verdict):
        # What a stranger wrote must not reach a terminal as commands.
        yield "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def _lines(verdict: Verdict) -> Iterator[str]:
    why = f": {verdict.why}" if verdict.why else ""
    yield f"{verdict.picture}: {verdict.state}{why}."
    if verdict.says:
        yield from _says(verdict.says, sure=verdict.state == "intact")
    if verdict.ledger:
        agrees = "knows these very bytes" if verdict.ledger.same_file else "does not know these bytes"
        yield f"  {verdict.ledger.ledger} {agrees}; written {verdict.ledger.at}."


def _says(says: Mapping[str, Any], *, sure: bool) -> Iterator[str]:
    verb = "Made" if sure else "It says: made"
    when = f", {says['when']}" if says["when"] else ""
    how = _SOURCES.get(says["source_type"], says["source_type"]) or "how is not said"
    yield f"  {verb} with {says['generator']}{when}: {how}."
    if model := says.get("model"):
        data = f", which learnt from the data {model['data_md5']}" if model.get("data_md5") else ""
        yield f"  Model: {model['name']} version {model['version']}{data}."
    if "seed" in says:
        yield f"  Seed: {says['seed']}."
    if nearest := says.get("nearest"):
        verdict = "as near as a copy" if nearest["copy"] is True else "no copy"
        yield f"  Nearest of the works learnt from: {nearest['title']!r}, {nearest['distance']} apart: {verdict}."
    if why := says.get("not_compared"):
        yield f"  Not compared with all works learnt from: {why}"
    for one in says["inputs"]:
        yield f"  From {_input(one)}."
    yield f"  Signed by {_signer(says['signed_by'])}."


def _input(one: Mapping[str, Any]) -> str:
    by = f" by {one['artist']}" if one.get("artist") else ""
    licence = f", {one['licence']}" if one.get("licence") else ""
    if one.get("catalog_id"):
        where = f", catalog id {one['catalog_id'][:12]}"
    else:
        where = f", sha256 {one['sha256'][:12]}" if one.get("sha256") else ""
    own = ", with credentials of its own" if one.get("has_credentials") else ""
    return f"{one.get('role', 'picture')} {one['title']!r}{by}{licence}{where}{own}"


def _signer(signer: Mapping[str, Any]) -> str:
    name = f"{signer['name']} ({signer['issuer']})"
    if signer["own"] and signer["local"]:
        return f"this studio's own certificate, made on this machine and known to nobody else: {name}"
    if signer["own"]:
        return f"this studio's own certificate: {name}"
    return f"{name}, whose certificate is trusted here" if signer["known"] else f"{name}, who is not known here"


def as_line(verdict: Verdict) -> str:
    """Return a verdict as a line of JSON."""
    return json.dumps(asdict(verdict), default=str)
