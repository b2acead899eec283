"""The whole life of a model on the sample, told as it goes."""

import json

from prefect import flow
from rich.console import Console

from flows.promote import promote
from flows.stylize import stylize
from flows.train import train
from tasks import steps
from tasks.sample import choose_order
from tasks.settings import load_settings

STYLES, PHOTOGRAPHS = 6, 8


@flow(name="demo")
def demo(out: str = "out/demo", training_steps: int = 900) -> str:
    """Train on the sample, put the model to the gate, and repaint photographs with the model in use.

    Args:
        out: the batch job's folder.
        training_steps: how long to train.

    Returns:
        the path of the gallery.
    """
    console = Console()
    console.rule("[bold]1  Artworks, from DVC")
    console.print(f"data version {steps.pull_data()}")
    console.print(f"prepared: {', '.join(steps.prepare_data()) or 'all was up to date'}")
    console.rule("[bold]2  Training, evaluation, registration")
    version = train("style", {"steps": training_steps}, "demo")
    console.print(f"style v{version} is the challenger")
    console.rule("[bold]3  The gate")
    decision = promote("style", str(version), by="demo")
    console.print(f"style v{version} {decision['action']}: {decision['reason']}")
    console.print_json(json.dumps(decision["figures"]))
    console.rule("[bold]4  A batch of pictures by the model in use")
    contents, styles = choose_order(load_settings(), PHOTOGRAPHS, STYLES)
    report = stylize(contents, out, styles)
    console.print(f"{report['done']} painted by {report['model']} in {report['seconds']} s")
    console.print(f"[bold]Gallery:[/] {report['gallery']}")
    return str(report["gallery"])
