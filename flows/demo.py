"""The whole life of a model on the sample, told as it goes."""

from prefect import flow
from rich.console import Console

from flows.adopt import adopt
from flows.promote import promote
from flows.stylize import stylize
from flows.train import train
from tasks import steps

PHOTOGRAPHS, STYLES = 6, 8


@flow(name="demo")
def demo(out: str = "out/demo", training_steps: int = 300) -> str:
    """Adopt the model that ships, train a challenger on the sample, put it to the gate, and repaint photographs.

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

    console.rule("[bold]2  The model that ships")
    adopted = adopt("style", "demo")
    console.print(f"style v{adopted['version']}: {adopted['action']}: {adopted['reason']}")

    console.rule("[bold]3  A challenger, briefly trained, and the gate")
    version = steps.unchanged_version("style", config)
    if version is None:
        version = train("style", config, "demo")
        console.print(f"style v{version} is the challenger")
        decision = promote("style", str(version), by="demo")
        console.print(f"style v{version} {decision['action']}: {decision['reason']}")
    else:
        console.print(f"style v{version} was trained from this data, code and configuration: nothing to train")

    console.rule("[bold]4  A batch of pictures by the model in use")
    contents, styles = steps.choose_sample(PHOTOGRAPHS, STYLES)
    report = stylize(contents, out, [styles])
    console.print(
        f"{report['done']} painted by {report['model']} in {report['seconds']} s, {report['skipped']} there already"
    )
    console.print(f"[bold]Look at[/] {report['gallery']}")
    return str(report["gallery"])
