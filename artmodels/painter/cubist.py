"""Cubist: things taken apart into planes, in ochre, grey and blue-green, each plane with a light of its own."""

from collections.abc import Callable

import cv2
import numpy as np

from artmodels.painter.canvas import box, circle
from artmodels.painter.planes import Study, apart

Draw = Callable[["Study"], None]


def _table(study: Study) -> None:
    """A table seen from above and from the front at once."""
    rng = study.rng
    y = rng.uniform(0.58, 0.68)
    study.put(
        np.array([[0.05, y + 0.05], [0.95, y - 0.04], [1.05, 1.05], [-0.05, 1.05]]),
        rng.uniform(0.3, 0.5),
        rng.uniform(0, 0.5),
    )
    for step in range(4):
        study.draw(np.array([[0.0, y + 0.12 + 0.09 * step], [1.0, y + 0.06 + 0.1 * step]]), 0.003)


def _guitar(study: Study) -> None:
    """A guitar that leans: two bouts, a hole, a neck and its strings."""
    rng = study.rng
    lean = rng.uniform(-0.6, 0.6)
    way = np.array([np.sin(lean), -np.cos(lean)])
    side = np.array([way[1], -way[0]])
    foot = np.array([0.5, 0.68]) + rng.normal(0, 0.03, 2)
    share = np.linspace(0, 1, 60)
    half = 0.19 * np.sqrt(np.clip(1 - ((share - 0.3) / 0.33) ** 2, 0, 1)) * (share < 0.5)
    half = np.maximum(half, 0.145 * np.sqrt(np.clip(1 - ((share - 0.74) / 0.27) ** 2, 0, 1)))
    half = np.maximum(cv2.GaussianBlur(half[None].astype(np.float32), (0, 0), 2)[0], 0.001)
    spine = foot + (share * 0.5 - 0.1)[:, None] * way
    study.put(np.concatenate([spine + half[:, None] * side, (spine - half[:, None] * side)[::-1]]), 0.72, 0.35)
    study.put(circle(foot + 0.17 * way, 0.062), 0.12)
    study.put(box(foot + 0.55 * way, (0.024, 0.2), lean), 0.25)
    study.put(box(foot + 0.8 * way, (0.042, 0.06), lean), 0.3)
    for offset in np.linspace(-0.016, 0.016, 5):
        study.draw(np.stack([foot - 0.02 * way + offset * side, foot + 0.8 * way + offset * side]), 0.0024)
    study.put(box(foot - 0.01 * way, (0.07, 0.014), lean), 0.2)


def _bottle(study: Study, x: float, tall: float) -> None:
    """A bottle with its label."""
    half = tall * 0.15
    left = np.array(
        [
            [x - half, 0.8],
            [x - half, 0.8 - tall * 0.55],
            [x - half * 0.35, 0.8 - tall * 0.75],
            [x - half * 0.35, 0.8 - tall],
        ]
    )
    right = (left * (-1, 1) + (2 * x, 0))[::-1]
    study.put(np.concatenate([left, right]), 0.22, 0.55)
    study.put(box((x, 0.8 - 0.28 * tall), (half * 0.82, tall * 0.13)), 0.85)
    for step in range(3):
        study.draw(
            np.array(
                [
                    [x - half * 0.6, 0.8 - tall * (0.22 + 0.05 * step)],
                    [x + half * 0.6, 0.8 - tall * (0.22 + 0.05 * step)],
                ]
            ),
            0.004,
        )


def _glass(study: Study, x: float, tall: float) -> None:
    """A glass: rim and foot as full rounds, its sides straight."""
    study.put(np.array([[x - 0.07, 0.82 - tall], [x + 0.07, 0.82 - tall], [x + 0.045, 0.82], [x - 0.045, 0.82]]), 0.75)
    study.put(circle((x, 0.82 - tall), 0.07) * (1, 0.35) + (0, 0.65 * (0.82 - tall)), 0.9)
    study.put(circle((x, 0.82), 0.05) * (1, 0.35) + (0, 0.65 * 0.82), 0.5)


def _still(study: Study) -> None:
    rng = study.rng
    _table(study)
    study.put(box((rng.uniform(0.3, 0.7), 0.74), (0.24, 0.15), rng.uniform(-0.4, 0.4)), 0.88)
    xs = rng.permutation([0.28, 0.5, 0.72])
    _bottle(study, float(xs[0]), rng.uniform(0.5, 0.68))
    _glass(study, float(xs[1]), rng.uniform(0.18, 0.26))
    for _ in range(rng.integers(1, 4)):
        study.put(circle((xs[2] + rng.normal(0, 0.06), 0.74 + rng.normal(0, 0.03)), rng.uniform(0.045, 0.07)), 0.6, 0.9)


def _musical(study: Study) -> None:
    _table(study)
    study.put(box((0.5, 0.62), (0.3, 0.22), study.rng.uniform(-0.4, 0.4)), 0.85)
    for step in range(5):
        study.draw(np.array([[0.24, 0.5 + 0.03 * step], [0.76, 0.47 + 0.03 * step]]), 0.003)
    _guitar(study)
    if study.rng.random() < 0.6:
        _glass(study, float(study.rng.choice([0.2, 0.8])), 0.22)


def _portrait(study: Study) -> None:
    """A head and shoulders, full face and profile together."""
    rng = study.rng
    side = float(rng.choice([-1, 1]))
    study.put(np.array([[0.1, 1.05], [0.22, 0.76], [0.42, 0.68], [0.58, 0.68], [0.8, 0.76], [0.92, 1.05]]), 0.25, 0.6)
    study.put(box((0.5, 0.64), (0.065, 0.1)), 0.62)
    study.put(circle((0.5, 0.4), 0.21) * (0.82, 1.2) + (0.09, -0.08), 0.78)
    study.put(circle((0.5, 0.22), 0.17) * (1.05, 0.65) + (-0.025, 0.06), 0.12, 0.3)
    for offset in (-0.08, 0.08):
        eye = circle((0.5 + offset, 0.37), 0.042) * (1, 0.5) + (0, 0.185)
        study.put(eye, 0.95)
        study.put(circle((0.5 + offset, 0.37), 0.016), 0.05)
        study.draw(np.array([[0.44 + offset, 0.33], [0.5 + offset, 0.315], [0.56 + offset, 0.335]]), 0.009)
    study.put(np.array([[0.5, 0.34], [0.5 + side * 0.06, 0.49], [0.5 - side * 0.015, 0.5]]), 0.5)
    study.put(circle((0.5, 0.56), 0.06) * (1, 0.3) + (0, 0.392), 0.35, 0.7)


def _village(study: Study) -> None:
    """Houses piled up a hill, roofs and walls as boxes."""
    rng = study.rng
    for y in np.linspace(0.34, 0.98, 5):
        for x in rng.permutation(np.linspace(0.06, 0.9, 5)):
            wide, high = rng.uniform(0.07, 0.13), rng.uniform(0.06, 0.12)
            study.put(box((x, y), (wide, high)), rng.uniform(0.55, 0.9), rng.choice([0, 0, 0.4]))
            study.put(
                np.array(
                    [
                        [x + wide, y - high],
                        [x + wide * 1.6, y - high * 0.6],
                        [x + wide * 1.6, y + high],
                        [x + wide, y + high],
                    ]
                ),
                0.25,
            )
            study.put(np.array([[x - wide, y - high], [x, y - high * 1.8], [x + wide, y - high]]), 0.4, 0.7)
            study.put(box((x + rng.uniform(-0.4, 0.4) * wide, y), (wide * 0.2, high * 0.3)), 0.1)


def _trees(study: Study) -> None:
    """Trunks and arches of green over a road."""
    rng = study.rng
    study.put(np.array([[0.42, 0.45], [0.58, 0.45], [0.95, 1.05], [0.05, 1.05]]), 0.82)
    for x in rng.permutation([0.1, 0.25, 0.72, 0.9, 0.48]):
        study.put(box((x, 0.62), (0.022, 0.32), rng.normal(0, 0.14)), 0.15)
        for _ in range(3):
            study.put(
                circle((x + rng.normal(0, 0.07), 0.28 + rng.normal(0, 0.08)), rng.uniform(0.07, 0.13)),
                rng.uniform(0.3, 0.6),
                0.85,
            )
    study.put(box((0.5, 0.42), (0.09, 0.07)), 0.85)
    study.put(np.array([[0.39, 0.35], [0.5, 0.26], [0.61, 0.35]]), 0.3, 0.6)


def _maker(draw: Draw, dense: tuple[int, int]) -> Callable[[np.random.Generator, int], np.ndarray]:
    """A motif: draw the study, then take it apart by a number of lines between the two given."""

    def motif(rng: np.random.Generator, size: int) -> np.ndarray:
        # At twice the size, so that the borders of the planes come out smooth.
        study = Study(rng, 2 * size)
        draw(study)
        planes = apart(study, int(rng.integers(*dense)))
        return np.asarray(cv2.resize(planes, (size, size), interpolation=cv2.INTER_AREA))

    return motif


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Guitar and Score": _maker(_musical, (9, 15)),
    "Bottle, Glass and Fruit": _maker(_still, (9, 15)),
    "Portrait": _maker(_portrait, (10, 17)),
    "Houses on the Hill": _maker(_village, (6, 10)),
    "Road with Trees": _maker(_trees, (8, 13)),
}
