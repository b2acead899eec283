"""Learn what people like, and rank pictures for them."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="taste", log_prints=True)
def taste(
    pictures: list[str],
    out: str,
    choices: str | None = None,
    person: str = "",
    ask: int = 0,
    scale: tuple[float, float] = (0.0, 10.0),
) -> list[dict[str, Any]]:
    """Learn tastes from choices or ratings, if some are given, and rank pictures by them.

    Args:
        pictures: pictures, or folders of them; those that choices speak of must be among them.
        out: the folder of rankings and questions, one below it for each person.
        choices: a CSV with the columns user, work, rating or user, preferred, other.
        person: whose taste; empty: of everybody in the CSV.
        ask: how many pairs of the pictures to ask about next.
        scale: lowest and highest rating.

    Returns:
        a report for each person: person, learnt_from, ranked, set_aside, ranking, best, questions.
    """
    order = {"pictures": pictures, "out": out, "choices": choices, "person": person, "ask": ask, "scale": scale}
    return steps.rank_by_taste(order)
