"""The composer's parts: notes, chain, windows, scores, passages, composing."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from artmodels.bundle import Bundle
from artmodels.errors import AtelierError, StoppedError
from artmodels.family import get_family
from artmodels.music.chain import NoteChain
from artmodels.music.composer import Composer
from artmodels.music.composing import compose, draw, harmonise
from artmodels.music.config import MusicConfig
from artmodels.music.evaluation import evaluate_composer
from artmodels.music.network import MusicNet, Windows
from artmodels.music.notes import END, KEYS, notes_of, pitches_of, roll_of, transposed
from artmodels.music.passages import Passages, copy_limit, steps_of
from artmodels.music.picture import draw_roll
from artmodels.music.pieces import learn_resolution, read_pieces
from artmodels.music.samples import PieceWindows
from artmodels.music.scoring import independent_nats, key_shares, score_pieces
from artmodels.sequences import Sequences
from tasks.sequences import row_of, write_sequences

TINY = {"hidden": 8, "embedding": 8, "chain": 8, "channels": 2, "batch_size": 2, "steps": 4, "check_steps": 2}

frames = st.lists(st.sets(st.integers(21, 108), max_size=6), min_size=1, max_size=12)


def as_notes(sets) -> np.ndarray:
    """Notes of sets of pitches."""
    width = max([1, *map(len, sets)])
    return notes_of(np.array([sorted(one, reverse=True) + [-1] * (width - len(one)) for one in sets]))


def random_piece(seed: int, length: int = 20, voices: int = 4, low: int = 50, high: int = 80) -> np.ndarray:
    return notes_of(np.random.default_rng(seed).integers(low, high, (length, voices)))


@pytest.fixture
def network() -> MusicNet:
    """A small network that listens: its weights are large enough to matter."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        network = MusicNet(MusicConfig(**TINY))
        for weights in network.parameters():
            weights.add_(0.3 * torch.randn_like(weights))
    return network.eval()


@pytest.fixture
def data(watched_folder) -> Sequences:
    return get_family("music").open_data(watched_folder.parent)


@pytest.fixture
def composer(network) -> Composer:
    passages = Passages.of([random_piece(seed) for seed in range(3)], [])
    config = MusicConfig(**TINY).model_dump(mode="json") | {"frames_per_quarter": 1}
    return Composer(Bundle("music", config, {**network.state_dict(), **passages.tensors()}))


@given(frames)
def test_sets_of_pitches_become_notes_and_come_back(sets):
    notes = as_notes(sets)
    assert [{pitch for pitch in row if pitch >= 0} for row in pitches_of(notes).tolist()] == sets
    assert (np.diff(np.minimum(notes, END - 1), axis=1) <= 0)[(notes != END)[:, 1:]].all()
    roll = roll_of(torch.from_numpy(notes))
    assert [set((np.flatnonzero(row) + 21).tolist()) for row in roll.numpy()] == sets


def test_voices_in_unison_are_one_note():
    assert notes_of(np.array([[60, 72, 60, -1]])).tolist() == [[51, 39, END, END]]


@torch.no_grad()
def test_the_chain_is_a_distribution_over_all_sets_of_keys():
    # Only the three lowest keys can be below the key above: so few sets that all may be summed.
    torch.manual_seed(0)
    chain = NoteChain(MusicConfig(**TINY)).eval()
    context, history, tables = torch.randn(1, 8), torch.rand(1, 2, KEYS).round(), chain.tables()
    begun = chain.take(chain.begin(context, history), torch.tensor([3]), tables)
    total = 0.0
    for size in range(4):
        for below in itertools.combinations((2, 1, 0), size):
            chosen, likelihood = begun, 1.0
            for note in (*below, END):
                likelihood *= float(chain.logits(chosen, tables).softmax(1)[0, note])
                if note != END:
                    chosen = chain.take(chosen, torch.tensor([note]), tables)
            total += likelihood
    assert total == pytest.approx(1, abs=1e-5)


@torch.no_grad()
def test_the_keys_share_what_they_see():
    torch.manual_seed(0)
    chain = NoteChain(MusicConfig(**TINY)).eval()
    history = torch.zeros(2, 2, KEYS)
    history[0, 0, 40], history[1, 0, 45] = 1, 1
    begun = chain.begin(torch.zeros(2, 8), history)
    chosen = chain.take(begun, torch.tensor([50, 55]), chain.tables())
    local = chosen.local.view(2, KEYS, 2)
    assert torch.allclose(local[0, 20:60], local[1, 25:65], atol=1e-6)


def test_packing_and_padding_change_no_figure(network):
    pieces = [random_piece(1, 9), random_piece(2, 17, 6), as_notes([set(), {60}, set(), {61, 30, 90}])]
    together = score_pieces(network, pieces)
    for piece, nats in zip(pieces, together, strict=True):
        assert nats.shape == (len(piece),)
        assert np.allclose(score_pieces(network, [piece])[0], nats, atol=1e-4)


def test_a_frames_figure_knows_what_was_before_and_nothing_after(network):
    piece = random_piece(3)
    other = piece.copy()
    other[10:] = random_piece(4)[10:]
    first, second = (score_pieces(network, [one])[0] for one in (piece, other))
    assert np.allclose(first[:10], second[:10], atol=1e-5)
    assert not np.isclose(first[11:], second[11:]).any()
    other = piece.copy()
    other[4] = random_piece(4)[4]
    assert not np.isclose(score_pieces(network, [other])[0][8], first[8], atol=1e-7)


@torch.no_grad()
def test_a_window_in_the_middle_counts_all_but_its_first_frame(network):
    notes = torch.from_numpy(random_piece(3))[None]
    start, length = torch.tensor([0]), torch.tensor([20])
    assert Windows(notes, start, length).scored().sum() == 20
    middle = Windows(notes, start + 5, length - 3)
    assert middle.scored()[0].tolist() == [False, *[True] * 16, *[False] * 3]
    nats, ending = network(middle)
    assert (nats[0] > 0).tolist() == middle.scored()[0].tolist()
    assert ending.shape == (1, 20)


def test_the_baseline_is_that_of_independent_keys():
    pieces = [as_notes([{60}, {60, 64}, set()])]
    shares = key_shares(pieces)
    assert shares[60 - 21] == pytest.approx(2.5 / 4)
    assert shares[0] == pytest.approx(0.5 / 4)
    expected = -sum(np.log(share if key in (39, 43) else 1 - share) for key, share in enumerate(shares))
    assert independent_nats(pieces, shares)[0][1] == pytest.approx(expected)


def test_an_epoch_shows_nearly_every_frame_and_steps_have_windows_of_like_length():
    pieces = [random_piece(seed, 5 + 13 * seed) for seed in range(12)]
    source = PieceWindows(pieces, MusicConfig(**TINY, window=40, transpose=0))
    windows = [window for batch in source._deal(0) for window in batch]
    seen = {(piece, frame) for piece, start, stop in windows for frame in range(start, stop)}
    assert len(seen) > 0.85 * sum(map(len, pieces))
    assert all(stop - start <= 40 for _, start, stop in windows)
    spread = [abs(batch[0][2] - batch[0][1] - batch[1][2] + batch[1][1]) for batch in source._deal(0)]
    assert np.mean(spread) < 5
    assert source._deal(0) != source._deal(1)


def test_a_sample_is_a_transposed_window_of_a_piece():
    pieces = [random_piece(seed, 30, low=60, high=70) for seed in range(3)] + [random_piece(3, 30, low=40, high=100)]
    source = PieceWindows(pieces, MusicConfig(**TINY, window=10, transpose=5))
    moved = set()
    for number in range(40):
        sample = source.sample(number)
        notes, start, length = sample["notes"].numpy(), int(sample["start"]), int(sample["length"])
        assert (notes[length:] == END).all()
        assert len(notes) > length
        found = [
            shift
            for piece in pieces
            for shift in range(-5, 6)
            if np.array_equal(transposed(piece[start : start + length], shift), notes[:length])
        ]
        assert len(found) == 1
        moved.add(found[0])
        assert bool(sample["ended"]) == (start + length == 30)
        sounding = notes[notes != END]
        assert sounding.min() >= source.lowest
        assert sounding.max() <= source.highest
    assert len(moved) > 5


def test_too_little_music_is_told(tmp_path):
    with pytest.raises(AtelierError, match=r"gives 1 windows of music, fewer than batch_size=2"):
        PieceWindows([random_piece(0)], MusicConfig(**TINY))
    write_sequences(tmp_path / "music.parquet", [])
    with pytest.raises(AtelierError, match="training split has no piece of music"):
        learn_resolution(Sequences(tmp_path / "music.parquet"))


def piece_row(seed: int, per_quarter: float, split: str) -> dict:
    return row_of((pitches_of(random_piece(seed)), {"frames_per_quarter": per_quarter}), {"split": split, "title": "x"})


def test_finer_pieces_are_thinned_to_the_coarsest(tmp_path):
    path = tmp_path / "music.parquet"
    write_sequences(path, [piece_row(1, 4, "train"), piece_row(2, 2, "train"), piece_row(3, 3, "test")])
    data = Sequences(path)
    assert learn_resolution(data) == 2
    assert sorted(map(len, read_pieces(data, "train", 2))) == [10, 20]
    module, _ = get_family("music").training(
        MusicConfig(**TINY | {"frames_per_quarter": 1, "batch_size": 1}), data, None
    )
    assert module.bundle_config()["frames_per_quarter"] == 1
    with pytest.raises(AtelierError, match="'x' has 3 frames a quarter note, which cannot be thinned to 2"):
        read_pieces(data, "test", 2)


def test_the_best_step_is_kept_and_the_loss_is_told(data):
    module, source = get_family("music").training(MusicConfig(**TINY), data, None)
    assert (module.choosing, module.check_steps) == ("validation", 2)
    with torch.no_grad():
        assert module.check([])["validation"] > 0
    batch = {name: torch.stack([source.sample(n)[name] for n in range(2)]) for name in source.sample(0)}
    logged = {}
    module.log_dict = logged.update
    loss = module.training_step(batch, 0)
    assert loss.item() == pytest.approx((logged["nats_per_frame"] + logged["ending"]).item())
    with torch.no_grad():
        module.network.chain.to_keys.bias.fill_(torch.nan)
    with pytest.raises(StoppedError, match="Training diverged at step 0: lower learning_rate"):
        module.training_step(batch, 0)


def test_a_composer_can_be_trained_on(data):
    module, _ = get_family("music").training(MusicConfig(**TINY), data, None)
    bundle = Bundle("music", module.bundle_config(), module.bundle_state())
    other, _ = get_family("music").training(MusicConfig(**TINY, seed=1), data, None)
    other.start_from(bundle)
    assert all(torch.equal(own, module.network.state_dict()[name]) for name, own in other.network.state_dict().items())
    wider, _ = get_family("music").training(MusicConfig(**TINY | {"hidden": 9}), data, None)
    with pytest.raises(AtelierError, match="has another shape"):
        wider.start_from(bundle)


def test_long_short_term_memory_remembers_too(data):
    module, _ = get_family("music").training(MusicConfig(**TINY, cell="lstm", layers=2), data, None)
    assert module.preview().shape[2] == 3
    piece = compose(module.network.eval(), 0, 8)
    below = harmonise(module.network, piece[:, 0], 0, crowd=4)
    assert np.array_equal(below[:, 0], piece[:, 0])


def test_draws_follow_the_logits_and_never_the_impossible():
    logits = torch.tensor([[0.0, np.log(3.0), -torch.inf]]).expand(4000, 3)
    drawn = draw(logits, torch.Generator().manual_seed(0))
    assert set(drawn.tolist()) == {0, 1}
    assert drawn.float().mean() == pytest.approx(0.75, abs=0.03)


def test_a_seed_composes_the_same_whatever_else_chance_does(network):
    first = compose(network, 5, 20)
    torch.manual_seed(99)
    assert np.array_equal(compose(network, 5, 20), first)
    assert not np.array_equal(compose(network, 6, 20)[:15], first[:15])
    assert 15 <= len(first) <= 20


def test_no_frame_has_more_notes_than_there_are_voices(data):
    module, _ = get_family("music").training(MusicConfig(**TINY), data, None)
    assert module.config.voices == 4
    network = module.network.eval()
    assert (compose(network, 0, 12) != END).sum(1).max() == 4
    assert (harmonise(network, np.array([60, 62, 64]), 0, crowd=4) != END).sum(1).tolist() == [4, 4, 4]
    alone, _ = get_family("music").training(MusicConfig(**TINY, voices=1), data, None)
    assert (harmonise(alone.network.eval(), np.array([60, 62]), 0, crowd=4) != END).sum(1).tolist() == [1, 1]


def test_a_phrase_is_where_a_piece_begins(network):
    phrase = random_piece(1, 6)
    piece = compose(network, 0, 20, phrase=phrase)
    assert np.array_equal(pitches_of(piece[:6])[:, :4], pitches_of(phrase))
    assert len(piece) >= 15


@given(st.lists(st.integers(10, KEYS), min_size=1, max_size=8), st.integers(0, 1000))
def test_a_soprano_stays_on_top_exactly(keys, seed):
    torch.manual_seed(0)
    network = MusicNet(MusicConfig(**TINY)).eval()
    notes = harmonise(network, np.array(keys), seed, crowd=4)
    assert notes[:, 0].tolist() == keys
    for row in notes.tolist():
        sounding = [key for key in row if key != END]
        assert sounding == sorted(set(sounding), reverse=True)
        assert row[len(sounding) :] == [END] * (len(row) - len(sounding))
    assert np.array_equal(harmonise(network, np.array(keys), seed, crowd=4), notes)


def test_what_goes_below_a_soprano_follows_the_networks_own_distribution(network):
    # Of the network's own two-frame pieces, those with a given pair of top notes; a frame's size is what is compared.
    torch.manual_seed(0)
    with torch.no_grad():
        network.chain.to_keys.bias[: KEYS - 3] = -30
        network.chain.to_keys.weight[: KEYS - 3] = 0
        network.chain.context_mix.bias.zero_()
        network.chain.context_mix.weight.zero_()
    drawn = [compose(network, seed, 2) for seed in range(600)]
    tops = [tuple(piece[:, 0]) for piece in drawn if len(piece) == 2]
    wanted = max(set(tops), key=tops.count)
    own = [
        np.mean(piece[0] != END) * piece.shape[1] for piece in drawn if len(piece) == 2 and tuple(piece[:, 0]) == wanted
    ]
    given = [harmonise(network, np.array(wanted), seed, crowd=32) for seed in range(200)]
    sizes = [np.sum(piece[0] != END) for piece in given]
    assert np.mean(sizes) == pytest.approx(np.mean(own), abs=0.25)


def test_shared_passages_are_found_in_any_key_and_any_width():
    known = [random_piece(seed, 30) for seed in range(4)]
    passages = Passages.of(known, [])
    assert passages.longest(known[2]) == 30
    assert passages.longest(transposed(known[2], 3)) == 30
    mixed = np.concatenate([random_piece(9, 7), transposed(known[1][5:16], -2), random_piece(10, 7)])
    assert passages.longest(np.pad(mixed, ((0, 0), (0, 2)), constant_values=END)) == 11
    assert passages.longest(random_piece(11)) == 0
    # No passage goes on from the end of one piece to the beginning of the next.
    assert passages.longest(np.concatenate([known[0][-5:], known[1][:5]])) == 5


@given(frames, st.integers(1, 3))
def test_steps_do_not_care_for_padding(sets, more):
    notes = as_notes(sets)
    padded = np.pad(notes, ((0, 0), (0, more)), constant_values=END)
    assert np.array_equal(steps_of(padded), steps_of(notes))
    assert (steps_of(notes) != 0).all()


def test_the_longest_passage_is_that_of_a_plain_search():
    chance = np.random.default_rng(0)
    pieces = [notes_of(chance.integers(60, 62, (40, 2))) for _ in range(5)]
    passages, piece = Passages.of(pieces[:4], []), pieces[4]
    best = 0
    for known, first, start in itertools.product(pieces[:4], range(40), range(40)):
        own, other, length = steps_of(piece)[first:], steps_of(known)[start:], 0
        while length < min(len(own), len(other)) and own[length] == other[length]:
            length += 1
        best = max(best, length)
    assert passages.longest(piece) == best + 1


def test_the_limit_is_beyond_what_pieces_held_out_share():
    assert copy_limit([5, 5, 5, 5]) == 5
    assert copy_limit([4, 5, 6, 7, 8, 60]) < 20
    known = [random_piece(seed) for seed in range(3)]
    assert Passages.of(known, [known[0]] * 4).limit == 20
    assert Passages.of(known, []).limit > 10**6


def test_a_composer_is_judged_frame_by_frame_and_for_copies(composer, data, monkeypatch):
    judged = evaluate_composer(composer, data, 100)
    pieces = read_pieces(data, "test", 1)
    nats = np.concatenate(score_pieces(composer.network, pieces))
    assert judged.values["nll"].mean() == pytest.approx(nats.mean(), rel=1e-5)
    ratio = judged.values["surprise"].mean() * judged.totals["nll_of_baseline"]
    assert ratio == pytest.approx(judged.values["nll"].mean())
    assert set(judged.totals) >= {"nll_of_pieces", "nll_after_first", "copy_limit"}
    assert judged.pictures["composed"].dtype == np.uint8
    assert judged.values["copied"].mean() == 0
    copied = random_piece(1)
    monkeypatch.setattr(composer, "passages", Passages.of([copied], [random_piece(2)]))
    monkeypatch.setattr(Composer, "compose", lambda *_: copied)
    assert evaluate_composer(composer, data, 100).values["copied"].mean() == 1


def test_fewer_than_two_test_pieces_are_too_few(composer, tmp_path):
    write_sequences(tmp_path / "music.parquet", [piece_row(1, 1, "test"), piece_row(2, 1, "train")])
    with pytest.raises(AtelierError, match="two pieces of the test split or more, and there are 1"):
        evaluate_composer(composer, Sequences(tmp_path / "music.parquet"), 10)


def test_pitches_are_served_as_json(composer):
    rows = pd.DataFrame({"seed": [3.0]})
    (answer,) = composer.predict(rows, {"frames": 8, "temperature": 1.0})
    served = json.loads(answer)
    assert served["frames_per_quarter"] == 1
    expected = pitches_of(composer.compose(3, 8, 1.0)).tolist()
    assert served["pitches"] == [[pitch for pitch in row if pitch >= 0] for row in expected]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda one: one.compose(-1), "seed=-1 is not accepted: 0 to 4294967295"),
        (lambda one: one.compose(0, 0), "frames=0 is not accepted: 1 to 4096"),
        (lambda one: one.compose(0, 9, 0.0), "temperature=0 is not accepted: above 0, up to 5"),
        (lambda one: one.compose(0, 9, phrase=random_piece(0)), "the phrase alone has 20"),
        (lambda one: one.harmonise(0, np.array([89])), "each with one of the piano's 88 keys"),
        (lambda one: one.harmonise(0, np.array([], int)), "A soprano has 1 to 4096 frames"),
    ],
)
def test_what_is_not_accepted_is_told(composer, ask, words):
    with pytest.raises(AtelierError, match=words):
        ask(composer)


def test_bundles_that_do_not_fit_are_told(network):
    tensors = {**network.state_dict(), **Passages.of([random_piece(0)], []).tensors()}
    config = MusicConfig(**TINY).model_dump(mode="json")
    with pytest.raises(AtelierError, match=r"The bundle lacks 'passages\.steps'"):
        Composer(Bundle("music", config, network.state_dict()))
    with pytest.raises(AtelierError, match="weights do not fit its configuration"):
        Composer(Bundle("music", config | {"hidden": 9}, tensors))


def test_a_roll_shows_each_note_in_its_voices_colour():
    notes = as_notes([{72, 60, 48}, {72, 60}, set()])
    picture = draw_roll(notes, width=8)
    assert picture.shape[2] == 3
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert {(196, 78, 62), (76, 138, 102), (58, 96, 150)} <= colours
    # The upper note is held for two frames, without a gap.
    red = (picture == (196, 78, 62)).all(2)
    assert red.any(0).sum() == 2 * 12 - 1
    assert draw_roll(as_notes([set()])).ndim == 3
