"""What is lost when processes are killed: SIGKILLs at random moments of a model's life, and what is found after.

python -m benchmarks.kills --lives 11 --seed 0

A life: retrain (train, register, promote), stylise, roll back. It has four kills, of a victim drawn by the seed each:
one while it trains, one while it registers, one while it promotes, one while it stylises. A run that died is submitted
again until one completes. `--database sqlite` leaves PostgreSQL out.
"""

import argparse
import random
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.kills.invariants import Watch
from benchmarks.kills.report import print_report
from benchmarks.kills.studio import Studio, live, make_project, services, studio_environment
from benchmarks.kills.victims import VICTIMS, Killer
from tasks.settings import Settings
from tests.servers import postgres, postgres_binaries


def main() -> None:
    """Live the lives, and print what was hurt and what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=int, default=11)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = make_project(Path(folder))
        cluster, databases = None, {}
        if wanted.database == "postgresql":
            binaries = postgres_binaries()
            assert binaries is not None, "PostgreSQL's programs are needed"
            cluster = stack.enter_context(postgres(binaries))
            for name in ("prefect", "mlflow"):
                cluster.create(name)
            databases = {
                "ATELIER_PREFECT_DATABASE": cluster.address("prefect", "postgresql+asyncpg"),
                "ATELIER_MLFLOW_BACKEND": cluster.address("mlflow"),
            }
        environment = studio_environment(root, databases)
        stack.enter_context(services(root, environment))
        # Past MLflow's server, which is among the victims.
        settings = Settings(root=root, tracking_uri=databases.get("ATELIER_MLFLOW_BACKEND", ""))
        studio = Studio(root, settings, f"http://127.0.0.1:{environment['ATELIER_PREFECT_PORT']}/api")
        victims = [victim for victim in VICTIMS if cluster or victim != "PostgreSQL"]
        with Watch(settings) as watch:
            lives = live(studio, Killer(settings, cluster), wanted.lives, random.Random(wanted.seed), victims, watch)
            print_report(studio, lives, watch)


if __name__ == "__main__":
    main()
