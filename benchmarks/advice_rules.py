"""Is advice any good? What the rules say of edits that a critic suggests, where it was taught the rules' ratings.

    python -m tasks.rules ratings.csv; atelier rate ratings.csv; atelier train critic; atelier promote critic
    atelier advise PICTURES --out out/advice --styles 0
    python -m benchmarks.advice_rules out/advice

People's ratings of an edited picture are nowhere to be had; the rules can rate any. The critic knows them only from
ratings of its training works, as it would know people's.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image

from artmodels.critic.rules import rate_by_rules
from tasks.advise_table import TABLE
from tasks.evaluation import interval


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with (options.out / TABLE).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pictures, told = {row["path"] for row in rows}, [row for row in rows if row["file"]]
    truth = []
    for row in told:
        before, after = (
            rate_by_rules(np.asarray(Image.open(path).convert("RGB")))
            for path in (row["path"], options.out / row["file"])
        )
        truth.append(after - before)
        print(f"{row['kind']:14} said {float(row['change']):+.2f}, by the rules {truth[-1]:+.2f}  {row['edit']}")
    rose, said = np.array(truth) > 0, np.array([float(row["change"]) for row in told])
    print(f"\n{len(pictures)} pictures, {len({row['path'] for row in told})} with advice, {len(told)} suggestions")
    print(f"better by the rules: {rose.mean():.0%} {interval(rose.astype(float))}")
    print(f"said {said.mean():+.2f}, by the rules {interval(np.array(truth))}")
    print(f"correlation of the two: {np.corrcoef(said, truth)[0, 1]:.2f}")


if __name__ == "__main__":
    main()
