"""Which replayed works the copy detector catches, and how many works that are no copies it takes for some.

python -m benchmarks.gan_copies [--packed prepared/packed] [--side 64]
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from artmodels.gan.copies import copy_limit, nearest_works
from artmodels.gan.drawings import drawing
from artmodels.images import PackedImages
from artmodels.pictures import centre_square

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _cropped(work: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """A square of 0.7 to 1 of the largest one's area, anywhere."""
    side = round(min(work.shape[:2]) * chance.uniform(0.7, 1) ** 0.5)
    top, left = (int(chance.integers(length - side + 1)) for length in work.shape[:2])
    return work[top : top + side, left : left + side]


def _mirrored(work: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return work[:, ::-1]


def _blurred(work: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(np.ascontiguousarray(work), (0, 0), min(work.shape[:2]) / 42)


def _recoloured(work: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """A third of the circle of hues further, and paler."""
    hsv = cv2.cvtColor(np.ascontiguousarray(work), cv2.COLOR_RGB2HSV).astype(int)
    hsv = np.stack([(hsv[..., 0] + 60) % 180, hsv[..., 1], hsv[..., 2] * 4 // 5 + 20], 2)
    return cv2.cvtColor(hsv.clip(0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)


def _noisy(work: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    return (work + chance.normal(0, 20, work.shape)).clip(0, 255).astype(np.uint8)


CHANGES: dict[str, tuple[Change, ...]] = {
    "as it is": (),
    "blurred": (_blurred,),
    "mirrored, blurred": (_mirrored, _blurred),
    "recoloured": (_recoloured,),
    "noisy": (_noisy,),
    "cropped": (_cropped,),
    "cropped, mirrored, blurred": (_cropped, _mirrored, _blurred),
    "cropped, mirrored, blurred, recoloured": (_cropped, _mirrored, _blurred, _recoloured),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packed", type=Path, default=Path("prepared/packed"))
    parser.add_argument("--side", type=int, default=64)
    options = parser.parse_args()
    data = PackedImages(options.packed)
    learnt = [data[row] for row in data.where("artwork", "train")]
    others = [data[row] for split in ("validation", "test") for row in data.where("artwork", split)]
    chance = np.random.default_rng(0)
    # Half of the works held out set the limit, the other half are asked for: no work judges itself.
    order = chance.permutation(len(others))
    halves = [[drawing(centre_square(others[number], options.side)) for number in order[start::2]] for start in (0, 1)]
    found = [nearest_works(half, learnt) for half in halves]
    alarms = [int((found[1 - which].distance < copy_limit(found[which].distance)).sum()) for which in (0, 1)]
    limit = copy_limit(nearest_works(halves[0] + halves[1], learnt).distance)
    print(f"{len(learnt)} works learnt from, {len(others)} held out, limit {limit:.3f}\n")
    print("| replayed | caught | of them, the right work named |\n|---|---|---|")
    for name, changes in CHANGES.items():
        replays = []
        for work in learnt:
            changed = work
            for change in changes:
                changed = change(changed, chance)
            replays.append(drawing(centre_square(changed, options.side)))
        nearest = nearest_works(replays, learnt)
        caught = nearest.distance < limit
        right = (nearest.work == np.arange(len(learnt)))[caught].mean() if caught.any() else 0.0
        print(f"| {name} | {caught.mean():.1%} | {right:.1%} |")
    print(f"\nWorks held out that the other half's limit calls copies: {sum(alarms)} of {len(others)}")


if __name__ == "__main__":
    main()
