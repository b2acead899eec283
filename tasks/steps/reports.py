"""Steps that make pages and cards."""

from typing import Any

from prefect import task

from tasks.settings import load_settings


@task
def report_training(family: str, version: int) -> list[str]:
    """Make the reports of a new version's training and evaluation, and its card; return the reports' files."""
    from tasks import registry
    from tasks.reports import tell
    from tasks.reports.evaluation import evaluation_report
    from tasks.reports.training import training_report

    settings = load_settings()
    found = registry.find(settings, family, str(version))
    with tell.telling_faults(f"report of {found}"):
        pages = [training_report(settings, found.run_id), evaluation_report(settings, found)]
        tell.tell_run(settings, found, pages)
        return [str(page) for page in pages]
    return []


@task
def report_evaluation(family: str, version: int) -> str | None:
    """Make the report of a version's evaluation, and its card anew; return the report's file."""
    from tasks import registry
    from tasks.reports import tell
    from tasks.reports.evaluation import evaluation_report

    settings = load_settings()
    found = registry.find(settings, family, str(version))
    with tell.telling_faults(f"report of {found}"):
        page = evaluation_report(settings, found)
        tell.tell_run(settings, found, [page])
        return str(page)
    return None


@task
def report_promotion(decision: dict[str, Any]) -> str | None:
    """Make the report of a decision of the gate, and the cards of its versions anew; return the report's file."""
    from tasks import registry
    from tasks.decision import Decision
    from tasks.reports import tell
    from tasks.reports.promotion import promotion_report

    settings, decided = load_settings(), Decision.from_dict(decision)
    with tell.telling_faults(f"report on {decided.family} v{decided.version}"):
        found = registry.find(settings, decided.family, str(decided.version))
        page = promotion_report(settings, decided)
        tell.tell_run(settings, found, [page])
        if decided.replaced is not None:
            renew_cards.fn(decided.family, [decided.replaced])
        return str(page)
    return None


@task
def renew_cards(family: str, versions: list[int]) -> None:
    """Make the cards of some versions anew: what is known of them has changed."""
    from tasks import registry
    from tasks.cards.card import write_card
    from tasks.reports import tell

    settings = load_settings()
    for number in versions:
        with tell.telling_faults(f"card of {family} v{number}"):
            write_card(settings, registry.find(settings, family, str(number)))
