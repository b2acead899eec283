"""Tastes: what is learnt from people whose taste is known, and which questions are asked."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from artmodels.taste.preference import Taste, learn_choices, learn_ratings
from artmodels.taste.questions import information, next_questions


@pytest.fixture
def codes() -> np.ndarray:
    drawn = np.random.default_rng(0).normal(size=(60, 6))
    return drawn / np.sqrt(6)


def person(seed: int) -> np.ndarray:
    return np.random.default_rng(100 + seed).normal(size=6) * 5


def answer(
    weights: np.ndarray, codes: np.ndarray, pair: tuple[int, int], chance: np.random.Generator
) -> tuple[int, int]:
    better = chance.random() < 1 / (1 + np.exp(-(codes[pair[0]] - codes[pair[1]]) @ weights))
    return pair if better else pair[::-1]


def agreement(weights: np.ndarray, codes: np.ndarray, taste: Taste) -> float:
    return float(spearmanr(codes @ weights, taste.worth(codes)[0]).statistic)


def learn(codes: np.ndarray, chosen: list[tuple[int, int]]) -> Taste:
    pairs = np.array(chosen, int).reshape(-1, 2)
    return learn_choices(codes[pairs[:, 0]], codes[pairs[:, 1]])


def test_choices_tell_a_taste_and_more_of_them_tell_more(codes):
    found = []
    for count in (5, 200):
        ranks, widths = [], []
        for seed in range(5):
            chance = np.random.default_rng(seed)
            pairs = [tuple(chance.choice(60, 2, replace=False)) for _ in range(count)]
            taste = learn(codes, [answer(person(seed), codes, pair, chance) for pair in pairs])
            ranks.append(agreement(person(seed), codes, taste))
            worth, deviation = taste.worth(codes)
            widths.append(deviation.mean() / np.abs(worth).mean())
        found.append((np.mean(ranks), np.mean(widths)))
    (few, unsure), (many, sure) = found
    assert many > 0.9 > few
    assert sure < unsure


def test_asked_questions_are_worth_more_than_random_ones(codes):
    def after(asking: bool, seed: int, count: int = 24) -> float:
        chance, chosen = np.random.default_rng(seed), []
        for number in range(count):
            taste = learn(codes, chosen)
            pair = next_questions(taste, codes, 1, number)[0] if asking else tuple(chance.choice(60, 2, replace=False))
            chosen.append(answer(person(seed), codes, pair, chance))
        return agreement(person(seed), codes, learn(codes, chosen))

    asked, random = (np.mean([after(asking, seed) for seed in range(12)]) for asking in (True, False))
    assert asked > random + 0.03


def test_ratings_tell_a_taste_on_any_scale(codes):
    chance = np.random.default_rng(0)
    ratings = codes @ person(1) + chance.normal(size=60)
    taste, stretched = (learn_ratings(codes, given) for given in (ratings, 3 + 20 * ratings))
    assert agreement(person(1), codes, taste) > 0.9
    assert np.allclose(taste.mean, stretched.mean)


def test_the_posterior_is_at_its_top():
    codes = np.random.default_rng(1).normal(size=(40, 3))
    better, worse = codes[:20], codes[20:]
    taste = learn_choices(better, worse)
    width = min(
        (np.abs((better - worse).T @ (1 / (1 + np.exp((better - worse) @ taste.mean))) - taste.mean / w**2).max(), w)
        for w in (0.5, 1.0, 2.0, 4.0, 8.0)
    )
    assert width[0] < 1e-6
    assert (np.linalg.eigvalsh(taste.covariance) > 0).all()


def test_what_is_known_tells_nothing_and_what_is_unsure_tells_most():
    gains, _ = information(np.array([0.0, 0.0, 4.0]), np.array([0.0, 2.0, 2.0]))
    assert gains[0] == pytest.approx(0, abs=1e-9)
    assert 0 < gains[2] < gains[1] < np.log(2)


def test_questions_asked_together_differ(codes):
    taste = learn(codes, [(0, 1)])
    asked = next_questions(taste, codes, 8)
    assert len({frozenset(pair) for pair in asked}) == 8
    assert next_questions(taste, codes[:2], 8) == [(0, 1)]
    assert len(next_questions(taste, np.random.default_rng(0).normal(size=(300, 6)), 3)) == 3
