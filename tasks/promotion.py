"""The gate: a challenger meets the champion on the same items, and takes its place only if it is surely better.

Any error is a refusal, never a promotion. Promotion may wait for a person: `propose`, ask, `conclude`.

A decision is noted before it is carried out. Whoever comes to the gate next finishes what a killed process has left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from filelock import FileLock, Timeout

from artmodels.errors import AtelierError
from artmodels.family import Family, get_family
from tasks import registry
from tasks.cost import measure_costs
from tasks.decision import Decision, Verdict, carrying_out, now, pending, record
from tasks.evaluation import Evaluation, Interval, evaluate_bundle, interval, record_evaluation
from tasks.registry import CHALLENGER, CHAMPION, PREVIOUS, Version
from tasks.rights import marks as rights
from tasks.settings import Settings

_LONGEST = 2000
"""Characters of a reason: some libraries answer with pages."""


def promote(settings: Settings, family_name: str, reference: str = CHALLENGER, by: str = "") -> Decision:
    """Put a version to the gate.

    Returns:
        the decision: `promoted`, or `refused` with the reason; an error while comparing is a refusal.

    Raises:
        AtelierError: there is nothing to decide on: no such version, it is the champion already, or another
            promotion holds the gate.
    """
    with _gate(settings, family_name) as finished:
        if finished and finished.version == _asked_for(settings, family_name, reference, finished):
            return finished
        decision = _judge(settings, family_name, reference, by)
        _carry_out(settings, decision)
    return decision


def propose(settings: Settings, family_name: str, reference: str = CHALLENGER, by: str = "") -> Decision:
    """Put a version to the gate and stop before anything moves, for a person to decide.

    Returns:
        the decision: `proposed`, for `conclude`; or `refused`, which is recorded like any refusal.

    Raises:
        AtelierError: as `promote`.
    """
    with _gate(settings, family_name) as finished:
        if finished and finished.version == _asked_for(settings, family_name, reference, finished):
            return finished
        decision = _judge(settings, family_name, reference, by)
        if decision.action == "promoted":
            return replace(decision, action="proposed")
        _carry_out(settings, decision)
    return decision


def foresee_promotion(settings: Settings, family_name: str, reference: str = CHALLENGER) -> Decision:
    """Put a version to the gate, and neither move nor record anything.

    Returns:
        the decision that `promote` would come to now.

    Raises:
        AtelierError: there is no such version, or it is the champion already.
    """
    return _judge(settings, family_name, reference, by="", keep=False)


def foresee_rollback(settings: Settings, family_name: str) -> Decision:
    """Return the decision that `rollback` would come to now, and move nothing.

    Raises:
        AtelierError: there is no champion, or none before it.
    """
    get_family(family_name)
    return _going_back(settings, family_name, by="")


def conclude(settings: Settings, proposal: Decision, verdict: Verdict) -> Decision:
    """Do what a person decided about a proposal.

    Returns:
        the decision, recorded: `promoted`; or `refused`, also where another version became the champion meanwhile.
    """
    with _gate(settings, proposal.family) as finished:
        if finished and finished.approval == verdict:
            return finished
        reason = f"{proposal.reason}; {verdict}"[:_LONGEST].rstrip(".")
        decided = replace(proposal, action="promoted", reason=reason, approval=verdict, at=now())
        if verdict.approve:
            try:
                _carry_out(settings, decided)
                return decided
            except AtelierError as error:
                decided = replace(decided, reason=f"{reason}; but {error}".rstrip("."))
        decided = replace(decided, action="refused")
        _carry_out(settings, decided)
    return decided


def rollback(settings: Settings, family_name: str, by: str = "") -> Decision:
    """Put the previous champion back in use; the champion becomes `previous`, so that doing it twice undoes it.

    Raises:
        AtelierError: there is no champion, or none before it.
    """
    get_family(family_name)
    with _gate(settings, family_name) as finished:
        if finished and finished.action == "rolled back":
            return finished
        decision = _going_back(settings, family_name, by)
        _carry_out(settings, decision)
    return decision


def compare_items(family: Family, challenger: Evaluation, champion: Evaluation | None) -> tuple[bool, Interval]:
    """Paired bootstrap of the difference on the deciding metric: is all of the interval on the right side?

    Without a champion the challenger must beat `Metric.baseline`, what doing nothing would score.

    Raises:
        AtelierError: the two were not judged on the same items, or a figure is not finite.
    """
    values = challenger.values[family.deciding.name]
    if champion is None:
        reference = np.full_like(values, family.deciding.baseline)
    else:
        if champion.evaluation_set != challenger.evaluation_set:
            raise AtelierError("challenger and champion were not judged on the same evaluation set")
        reference = champion.values[family.deciding.name]
    if not np.isfinite(values - reference).all():
        raise AtelierError(f"{family.deciding.name} is not a finite number for every item")
    difference = interval(values - reference)
    better = difference.high < 0 if family.deciding.better == "lower" else difference.low > 0
    return bool(better), difference


def breached_guards(family: Family, challenger: dict[str, float], champion: dict[str, float]) -> list[str]:
    """Return a phrase for each guard figure that the challenger worsens too much."""
    return [
        f"{guard.name} rose from {champion[guard.name]:.3g} to {challenger[guard.name]:.3g}, "
        f"allowed is {guard.most:g} x"
        for guard in family.guards
        # Written so that a figure which is not a number is a breach.
        if not challenger[guard.name] <= guard.most * champion[guard.name]
    ]


def broken_limits(family: Family, evaluation: Evaluation) -> list[str]:
    """Return a phrase for each limit that a model exceeds."""
    means = {limit.name: float(evaluation.values[limit.name].mean()) for limit in family.limits}
    return [
        f"{limit.name} ({limit.meaning}) is {means[limit.name]:.3g}, allowed is {limit.most:g}"
        for limit in family.limits
        # Written so that a figure which is not a number is a breach.
        if not means[limit.name] <= limit.most
    ]


def _going_back(settings: Settings, family_name: str, by: str) -> Decision:
    champion = registry.find(settings, family_name, CHAMPION)
    number = registry.aliases(settings, family_name).get(PREVIOUS)
    if number is None:
        raise AtelierError(f"There is no {family_name} version before {champion}: nothing to roll back to.")
    previous = registry.find(settings, family_name, str(number))
    reason = "; ".join([f"{previous} was in use before", *rights.notes(settings, [previous])])
    return Decision(family_name, "rolled back", reason, by, previous.number, champion.number)


def _judge(settings: Settings, family_name: str, reference: str, by: str, keep: bool = True) -> Decision:
    """Compare a version with the champion, whatever goes wrong; the decision is not moved or recorded yet.

    `keep`: whether the figures of both are recorded with them.
    """
    family = get_family(family_name)
    challenger = registry.find(settings, family_name, reference)
    champion = _champion(settings, family_name)
    if champion is not None and champion.number == challenger.number:
        raise AtelierError(f"{challenger} is the champion already: there is nothing to promote.")
    try:
        return _compare(settings, family, challenger, champion, by, keep)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, it is a refusal
        words = " ".join(f"the comparison failed: {type(error).__name__}: {error}".split()).rstrip(".")
        return Decision(family_name, "refused", words[:_LONGEST], by, challenger.number)


def _compare(
    settings: Settings, family: Family, challenger: Version, champion: Version | None, by: str, keep: bool
) -> Decision:
    versions = {"challenger": challenger} | ({"champion": champion} if champion else {})
    bundles = {role: registry.fetch_bundle(settings, version) for role, version in versions.items()}
    evaluations = {role: evaluate_bundle(settings, family.name, path) for role, path in bundles.items()}
    if keep:
        for role, version in versions.items():
            record_evaluation(settings, version, evaluations[role])
    costs = measure_costs(family.name, bundles)
    better, difference = compare_items(family, evaluations["challenger"], evaluations.get("champion"))
    breaches = broken_limits(family, evaluations["challenger"])
    if champion:
        breaches += breached_guards(family, costs["challenger"], costs["champion"])
    opponent = str(champion) if champion else "doing nothing"
    verdict = "better than" if better else "not surely better than"
    reason = f"{family.deciding.name} is {verdict} {opponent}'s: difference {difference}"
    return Decision(
        family=family.name,
        action="promoted" if better and not breaches else "refused",
        # Said, and left to people: a model in use is not demoted by a list.
        reason="; ".join([reason, *breaches, *rights.notes(settings, versions.values())]),
        by=by,
        version=challenger.number,
        replaced=champion.number if champion else None,
        metric=family.deciding.name,
        difference=difference,
        figures={
            role: {name: float(values.mean()) for name, values in evaluations[role].values.items()}
            | evaluations[role].judged.totals
            | costs[role]
            for role in versions
        },
        evaluation_set=evaluations["challenger"].evaluation_set,
        data_md5=challenger.tags.get("data_md5"),
    )


def _carry_out(settings: Settings, decision: Decision) -> None:
    """Record a decision, and move the aliases if it says so.

    Raises:
        AtelierError: the champion is not the one that was decided against.
    """
    now = _champion(settings, decision.family)
    if decision.action != "refused" and (now and now.number) != decision.replaced:
        raise AtelierError(f"The champion of {decision.family} changed to {now} meanwhile: compare with it again.")
    with carrying_out(settings, decision):
        _finish(settings, decision)


def _finish(settings: Settings, decision: Decision) -> None:
    """Do what a decision says, however much of it is done; `champion` moves in one step: there is always one."""
    client, family = registry.connect(settings), decision.family
    if decision.action != "refused":
        if decision.replaced is not None:
            client.set_registered_model_alias(family, PREVIOUS, str(decision.replaced))
        client.set_registered_model_alias(family, CHAMPION, str(decision.version))
        if registry.aliases(settings, family).get(CHALLENGER) == decision.version:
            client.delete_registered_model_alias(family, CHALLENGER)
    record(settings, decision)


def _finish_pending(settings: Settings, family: str) -> Decision | None:
    """Finish what was decided by a process that was killed half-way; return it.

    Where a person has put another version in use since, the decision is recorded no more than carried out.
    """
    decision = pending(settings, family)
    if decision is None:
        return None
    champion = _champion(settings, family)
    with carrying_out(settings, decision):
        expected = decision.action == "refused" or (champion and champion.number) in (
            decision.replaced,
            decision.version,
        )
        if expected:
            _finish(settings, decision)
    return decision if expected else None


def _asked_for(settings: Settings, family: str, reference: str, finished: Decision) -> int | None:
    """Return the version that a reference names, or named before a decision about it was finished."""
    if registry.parse_reference(reference, family) == CHALLENGER and CHALLENGER not in registry.aliases(
        settings, family
    ):
        return finished.version
    return registry.find(settings, family, reference).number


def _champion(settings: Settings, family: str) -> Version | None:
    number = registry.aliases(settings, family).get(CHAMPION)
    return registry.find(settings, family, str(number)) if number is not None else None


@contextmanager
def _gate(settings: Settings, family: str) -> Iterator[Decision | None]:
    """Hold the gate; yield the decision that was found half carried out, and has now been finished."""
    path = settings.scratch / "locks" / f"promote-{family}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=settings.lock_seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise AtelierError(
            f"Another promotion of {family} has held the gate for {settings.lock_seconds:g} s: try again later."
        ) from error
    try:
        yield _finish_pending(settings, family)
    finally:
        lock.release()
