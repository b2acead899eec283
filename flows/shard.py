"""Make a shard of a batch job that another process coordinates."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="shard", log_prints=True)
def shard(kind: str, wanted: dict[str, Any], shard: str) -> dict[str, Any]:
    """Make what is missing of a shard. Started by a batch job under `ATELIER_FANOUT=pool`, not by a person.

    Args:
        kind: of job, such as `stylize`.
        wanted: the job's order.
        shard: name of the shard.

    Returns:
        done, skipped, set aside, seconds.
    """
    return steps.make_shard(kind, wanted, shard)
