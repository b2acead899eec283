"""Videos through the whole job: real codecs, a small untrained network in a real registry."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from artmodels.errors import AtelierError
from tasks.decode import decode
from tasks.foresee import foresee_video
from tasks.provenance.reading import Verifier
from tasks.settings import Settings
from tasks.video import job as video
from tasks.video.read import Clip, Frame, reading
from tasks.video.write import pad_even, writing_film

LIMIT = 10**6


@pytest.fixture(scope="module")
def studio(open_studio) -> Settings:
    """A registry whose champion is a small style-transfer network."""
    return open_studio(device="cpu")


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    coarse = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (96, 72), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def style(tmp_path: Path, make_painting) -> Path:
    Image.fromarray(make_painting(9, 40, 40)).save(tmp_path / "style.png")
    return tmp_path / "style.png"


def make_clip(
    path: Path, frames: list[np.ndarray], codec: str = "libx264", sound: str | None = "aac", turned: int = 0
) -> Path:
    """Write frames at 12.5 a second, and a tone as long as they are."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, Fraction(25, 2))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv444p" if codec == "ffv1" else "yuv420p"
        if turned:
            stream.set_display_rotation(turned)
        track = container.add_stream(sound, 48000, layout="mono") if sound else None
        for index, frame in enumerate(frames):
            image = av.VideoFrame.from_ndarray(frame, "rgb24")
            image.pts, image.time_base = index, Fraction(2, 25)
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
        if track is not None:
            tone = np.sin(np.arange(48000 * 2 * len(frames) // 25) / 20).astype(np.float32)[None]
            samples = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            samples.rate, samples.pts, samples.time_base = 48000, 0, Fraction(1, 48000)
            container.mux(track.encode(samples))
            container.mux(track.encode(None))
    return path


def pan(scene: np.ndarray, frames: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    return [np.ascontiguousarray(scene[n : n + height, n : n + width]) for n in range(frames)]


def packets(path: Path) -> list[bytes]:
    """The coded sound of a video."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def read(path: Path, frames_per_second: float | None = None) -> list[Frame]:
    with reading(path, LIMIT, frames_per_second) as clip:
        return list(clip.frames)


def run(studio: Settings, **fields: object) -> dict:
    return video.run(studio, video.order(**fields), lambda done, total, figures: None)


def leftovers(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.name.startswith(".")]


def test_a_video_is_repainted_with_its_times_and_its_sound(studio, scene, style, tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", pan(scene, 6))
    seen = []
    fields = {"clip": clip, "out": tmp_path / "out.mp4", "styles": [style]}
    assert foresee_video(studio, fields)["to_make"] == 6
    assert not (tmp_path / "out.mp4").exists()
    order = video.order(**fields)
    record = video.run(studio, order, lambda done, total, figures: seen.append((done, total)))
    assert seen == [(n, 6) for n in range(1, 7)]
    assert packets(tmp_path / "out.mp4") == packets(clip)
    before, after = read(clip), read(tmp_path / "out.mp4")
    with reading(clip, LIMIT, None) as one, reading(tmp_path / "out.mp4", LIMIT, None) as other:
        assert other.rate == one.rate == Fraction(25, 2)
        assert [frame.start * other.tick for frame in after] == [frame.start * one.tick for frame in before]
    assert [frame.picture.shape for frame in after] == [(48, 64, 3)] * 6
    with av.open(str(tmp_path / "out.mp4")) as container:
        coder = container.streams.video[0].codec_context
        assert (coder.name, coder.pix_fmt, container.duration) == ("h264", "yuv420p", 480000)
    assert json.loads((tmp_path / "out.mp4.json").read_text()) == record
    assert record["model"] == {"name": "style", "version": 1, "data_md5": "0123.dir"}
    assert record["parameters"]["steady"]
    assert record["frames"] == 6
    verdict = Verifier(studio).verify(tmp_path / "out.mp4")
    assert (verdict.state, verdict.says["model"]) == ("intact", record["model"])
    assert [one["title"] for one in verdict.says["inputs"]] == [clip.name, style.name]
    assert 0 < record["flicker"]["steady"] < record["flicker"]["unblended"]
    assert all(len(one["sha256"]) == 64 for one in (record["content"], *record["styles"]))
    assert not leftovers(tmp_path)


def test_styles_are_mixed(studio, scene, style, make_painting, tmp_path):
    Image.fromarray(make_painting(4, 40, 40)).save(tmp_path / "other.png")
    clip, styles = make_clip(tmp_path / "clip.mp4", pan(scene, 2)), [style, tmp_path / "other.png"]
    found = {}
    for name, weights in {"one": (1, 0), "both": (0.5, 0.5)}.items():
        record = run(studio, clip=clip, out=tmp_path / name, styles=styles, weights=weights)
        assert Verifier(studio).verify(tmp_path / name / "000001.png").state == "intact"
        found[name] = Image.open(tmp_path / name / "000001.png").tobytes()
    run(studio, clip=clip, out=tmp_path / "alone", styles=[style])
    assert Image.open(tmp_path / "alone" / "000001.png").tobytes() == found["one"] != found["both"]
    assert [Path(one["path"]).name for one in record["styles"]] == ["style.png", "other.png"]


def test_pictures_in_pictures_out(studio, scene, style, tmp_path):
    (tmp_path / "frames").mkdir()
    for index, frame in enumerate(pan(scene, 11, 31, 33)):
        Image.fromarray(frame).save(tmp_path / "frames" / f"shot-{index}.png")
    record = run(studio, clip=tmp_path / "frames", out=tmp_path / "painted", styles=[style], size=16, steady=False)
    names = sorted(file.name for file in (tmp_path / "painted").iterdir())
    assert names == [f"{number:06}.png" for number in range(1, 12)]
    assert {decode(tmp_path / "painted" / name, LIMIT, 1).image.shape for name in names} == {(16, 17, 3)}
    assert record["flicker"] == {}
    with pytest.raises(AtelierError, match="is there already"):
        run(studio, clip=tmp_path / "frames", out=tmp_path / "painted", styles=[style])
    assert not leftovers(tmp_path)


def test_a_folder_is_read_in_the_order_of_its_numbers_at_a_rate(scene, tmp_path):
    for number in (10, 9, 100):
        Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(tmp_path / f"f{number}.png")
    with reading(tmp_path, LIMIT, 12.5) as clip:
        assert (clip.rate, clip.tick, clip.count) == (Fraction(25, 2), Fraction(2, 25), 3)
        assert [(frame.picture[0, 0, 0], frame.start) for frame in clip.frames] == [(9, 0), (10, 1), (100, 2)]


@pytest.mark.parametrize("shape", [(47, 63), (48, 63), (47, 64), (1, 1)])
def test_odd_sizes_gain_a_row_or_column(tmp_path, scene, shape):
    frames = [Frame(np.ascontiguousarray(scene[: shape[0], : shape[1]]), index, 1) for index in range(3)]
    clip = Clip(iter(frames), Fraction(1, 10), Fraction(10), 3, sound=False)
    with writing_film(tmp_path / "odd.mp4", clip, tmp_path) as write:
        for frame in frames:
            write(frame.picture, frame)
    for frame, known in zip(read(tmp_path / "odd.mp4"), frames, strict=True):
        wanted = pad_even(known.picture)
        assert frame.picture.shape == wanted.shape
        assert np.abs(frame.picture.astype(int) - wanted).mean() < 6


@pytest.mark.parametrize(
    ("name", "codec", "sound"),
    [("a.mov", "libx264", "aac"), ("a.mkv", "ffv1", "flac"), ("a.ts", "mpeg2video", "mp2"), ("a.avi", "mpeg4", "mp3")],
)
def test_containers_and_codecs_of_all_kinds(scene, tmp_path, name, codec, sound):
    frames = pan(scene, 5)
    clip = make_clip(tmp_path / name, frames, codec, sound)
    with (
        reading(clip, LIMIT, None) as opened,
        writing_film(tmp_path / "out.mp4", opened, clip) as write,
    ):
        for frame in opened.frames:
            write(frame.picture, frame)
    assert packets(tmp_path / "out.mp4") == packets(clip)
    for frame, known in zip(read(tmp_path / "out.mp4"), frames, strict=True):
        assert np.abs(frame.picture.astype(int) - known).mean() < 8


def test_sound_that_mp4_has_no_place_for_becomes_aac(scene, tmp_path):
    clip = make_clip(tmp_path / "a.avi", pan(scene, 5), "mpeg4", "adpcm_ms")
    with reading(clip, LIMIT, None) as opened, writing_film(tmp_path / "out.mp4", opened, clip) as write:
        for frame in opened.frames:
            write(frame.picture, frame)
    with av.open(str(tmp_path / "out.mp4")) as container:
        [track] = container.streams.audio
        assert track.codec_context.name == "aac"
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(track)])
    assert len(heard) == pytest.approx(0.4 * 48000, abs=2048)
    assert np.abs(heard).mean() == pytest.approx(2 / np.pi, abs=0.1)


def test_a_video_held_upright_is_read_upright(scene, tmp_path):
    [frame] = pan(scene, 1)
    for turned in (90, 180, -90):
        clip = make_clip(tmp_path / f"{turned}.mp4", [frame], sound=None, turned=turned)
        [seen] = read(clip)
        upright = np.rot90(frame, turned // 90)
        assert np.abs(seen.picture.astype(int) - upright).mean() < 8


def test_damage_is_one_sentence_and_leaves_nothing(studio, scene, style, tmp_path):
    whole = make_clip(tmp_path / "whole.mkv", pan(scene, 20), "mpeg4", None).read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2 : len(whole) // 2 + 600] = np.random.default_rng(0).bytes(600)
    for name, data in {"empty": b"", "text": b"hello" * 99, "head": whole[:300], "damaged": bytes(damaged)}.items():
        (tmp_path / f"{name}.mkv").write_bytes(data)
        with pytest.raises(AtelierError) as caught:
            run(studio, clip=tmp_path / f"{name}.mkv", out=tmp_path / "out.mp4", styles=[style])
        assert str(caught.value).startswith(str(tmp_path / name))
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "out.mp4").exists()
        assert not leftovers(tmp_path)


def test_a_file_that_is_cut_off_is_damaged(scene, tmp_path):
    frames = [Frame(np.roll(scene, index, 1), index, 1) for index in range(40)]
    clip = Clip(iter(()), Fraction(1, 10), Fraction(10), 40, sound=False)
    with writing_film(tmp_path / "whole.mp4", clip, tmp_path) as write:
        for frame in frames:
            write(frame.picture, frame)
    with av.open(str(tmp_path / "whole.mp4")) as container:
        places = [packet.pos for packet in container.demux() if packet.pos]
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "whole.mp4").read_bytes()[: places[20]])
    assert len(read(tmp_path / "whole.mp4")) == 40
    with pytest.raises(AtelierError, match=r"cut.mp4 ends \d.\d s before the end that it states"):
        read(tmp_path / "cut.mp4")


def test_folders_that_are_no_video(scene, tmp_path):
    with pytest.raises(AtelierError, match="holds no picture"):
        read(tmp_path)
    Image.fromarray(scene).save(tmp_path / "1.png")
    Image.fromarray(scene[:20]).save(tmp_path / "2.png")
    with pytest.raises(AtelierError, match="has 96 x 20 pixels where the first frame has 96 x 72"):
        read(tmp_path)
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes()[:500])
    with pytest.raises(AtelierError, match=r"The frame .*2.png cannot be read: truncated"):
        read(tmp_path)


def test_what_is_no_video_for_us(scene, tmp_path):
    clip = make_clip(tmp_path / "a.mp4", pan(scene, 2))
    with pytest.raises(AtelierError, match="64 x 48: more than 1000 pixels"), reading(clip, 1000, None):
        pass
    with pytest.raises(AtelierError, match="frames_per_second is for folders"):
        read(clip, 25)
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    (tmp_path / "list.m3u8").write_text(playlist)
    with pytest.raises(AtelierError, match=r"list.m3u8 cannot be read as a video"):
        read(tmp_path / "list.m3u8")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"alpha": 2}, "alpha=2 is not accepted"),
        ({"weights": [0.5, 0.5]}, "one for each of the 1 styles"),
        ({"out": "out.avi"}, "out='out.avi' is not accepted: an .mp4 file"),
        ({"clip": "nowhere.mp4"}, "clip: nowhere.mp4 does not exist"),
        ({"out": "style.mp4", "clip": "style.mp4"}, "is the clip itself"),
    ],
)
def test_a_wrong_order_is_refused_in_words(tmp_path, monkeypatch, fields, words):
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "style.mp4"):
        Path(name).touch()
    with pytest.raises(AtelierError, match=words):
        video.order(**({"clip": "clip.mp4", "out": "out.mp4", "styles": ["style.png"]} | fields))


JOB = """
import sys
from itertools import count
from pathlib import Path
import numpy as np
from tasks.video.read import Frame, reading
from tasks.video.write import writing_film
source, out = map(Path, sys.argv[1:])
with reading(source, 10**6, None) as clip, writing_film(out, clip, source) as write:
    for index in count():
        write(np.full((48, 64, 3), index % 256, np.uint8), Frame(np.empty(0), index, 1))
        if index == 60:
            print("begun", flush=True)
"""


def test_a_killed_job_leaves_nothing_under_the_name(scene, tmp_path, python_here):
    clip = make_clip(tmp_path / "clip.mp4", pan(scene, 2))
    command = [*python_here, "-c", JOB, str(clip), str(tmp_path / "out.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        assert job.stdout.readline() == b"begun\n"
        job.kill()
    assert not (tmp_path / "out.mp4").exists()
    [part] = leftovers(tmp_path)
    assert part.endswith(".atelier-part")
