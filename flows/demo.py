"""The whole life of a model on the sample, told as it goes."""

from prefect import flow
from rich.console import Console

from flows.promote import promote
from flows.stylize import stylize
from flows.train import train
from tasks import steps

PHOTOGRAPHS, STYLES = 6, 8


@flow(name="demo")
def demo(out: str = "out/demo", training_steps: int = 900) -> str:
    """Train on the sample, put the model to the gate, and repaint photographs with the model in use.

    What was done before, from the same data, code and options, is not done again.

    Args:
        out: the batch job's folder.
        training_steps: how long to train.

    Returns:
        the path of the gallery.
    """
    console, config = Console(), {"steps": training_steps}
    console.rule("[bold]1  Artworks, from DVC")
    console.print(f"data version {steps.pull_data()}")
    steps.prepare_data()

    console.rule("[bold]2  Training, evaluation, registration")
    version = steps.unchanged_version("style", config)
    if version is None:
        version = train("style", config, "demo")
        console.print(f"style v{version} is the challenger")
    else:
        console.print(f"style v{version} was trained from this data, code and configuration: nothing to train")

    console.rule("[bold]3  The gate")
    if steps.champion_number("style") == version:
        console.print(f"style v{version} is the champion already")
    else:
        decision = promote("style", str(version), by="demo")
        console.print(f"style v{version} {decision['action']}: {decision['reason']}")

    console.rule("[bold]4  A batch of pictures by the model in use")
    contents, styles = steps.choose_sample(PHOTOGRAPHS, STYLES)
    report = stylize(contents, out, [styles])
    console.print(
        f"{report['done']} painted by {report['model']} in {report['seconds']} s, {report['skipped']} there already"
    )
    console.print(f"[bold]Look at[/] {report['gallery']}")
    return str(report["gallery"])
