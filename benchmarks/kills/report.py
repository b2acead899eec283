"""The table of kills, and what was found wrong."""

from collections import defaultdict
from statistics import median

from prefect.client.orchestration import SyncPrefectClient

from benchmarks.kills.invariants import Watch, taken_slots, versions_faults
from benchmarks.kills.life import Story
from benchmarks.kills.studio import Life, Studio


def print_report(studio: Studio, lives: list[Life], watch: Watch) -> None:
    """Print kills by phase and victim, how runs went on, and every fault that was found."""
    stories = [story for life in lives for story in (life.training, life.pictures)]
    table: dict[tuple[str, str], int] = defaultdict(int)
    for story in stories:
        for phase, victim, _ in story.kills:
            table[phase, victim] += 1
    print("| while | killed | times |\n|---|---|---|")
    for (phase, victim), count in sorted(table.items()):
        print(f"| {phase} | {victim} | {count} |")
    print(f"\n{sum(table.values())} kills, {sum(number for s in stories for _, _, number in s.kills)} processes")
    for name, told in (("retrainings", [one.training for one in lives]), ("jobs", [one.pictures for one in lives])):
        print(_sentence(name, told))
    with SyncPrefectClient(studio.api_url) as client:
        faults = [fault for life in lives for fault in life.faults] + watch.faults
        faults += versions_faults(studio.settings, len(lives)) + taken_slots(client)
    print(f"The registry was asked {watch.answers} times who is the champion.")
    print("Found wrong: " + ("; ".join(faults) or "nothing"))


def _sentence(name: str, told: list[Story]) -> str:
    first = sum(len(story.ends) == 1 for story in told)
    return (
        f"{len(told)} {name}: {first} completed in their first run, the others after "
        f"{max(len(story.ends) for story in told)} runs at most; median {median(s.seconds for s in told):.0f} s"
    )
