"""Which engine runs the style-transfer network fastest on this machine, and how exactly.

    pip install openvino onnxruntime onnx onnxscript    # those that are missing are left out
    python -m benchmarks.engines [--bundle FOLDER] [--side 512] [--rounds 9]

Measured is all that the network does with one content once its recipe is known: encoding, transport, decoding. The
engines take turns; the agreement is with PyTorch's float32 after rounding to 8 bits.
"""

import argparse
import importlib.util
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from artmodels.bundle import Bundle
from artmodels.pictures import to_picture, to_tensor
from artmodels.style.network import Recipe, StyleTransferNet
from artmodels.style.painter import StylePainter
from artmodels.style.statistics import Affine
from benchmarks.batch_overhead import make_photo, seconds_of
from benchmarks.stylize import bundle_or_chance

Paint = Callable[[], np.ndarray]


class Painting(nn.Module):
    """Encoding, transport and decoding as one module of plain tensors."""

    def __init__(self, network: StyleTransferNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor, code: Tensor, *maps: Tensor) -> Tensor:
        """Paint: the maps are the matrices, then the offsets, fine to coarse."""
        half = len(maps) // 2
        recipe = Recipe(tuple(Affine(*one) for one in zip(maps[:half], maps[half:], strict=True)), code)
        return self.network.paint(self.network.encode_content(pixels), recipe)


def inputs_of(painter: StylePainter, content: np.ndarray, style: np.ndarray) -> tuple[Tensor, ...]:
    """What a `Painting` is called with."""
    recipe = painter.plan(content, [painter.encode(style)])
    matrices, offsets = [one.matrix for one in recipe.maps], [one.offset for one in recipe.maps]
    return (to_tensor(content)[None], recipe.code, *matrices, *offsets)


def in_torch(bundle: Bundle, dtype: torch.dtype, layout: torch.memory_format, compiled: bool, given: tuple) -> Paint:
    painter = StylePainter(bundle, dtype=dtype)
    module = Painting(painter.network.to(memory_format=layout))
    call = torch.compile(module) if compiled else module
    pixels = given[0].contiguous(memory_format=layout)

    @torch.inference_mode()
    def paint() -> np.ndarray:
        return to_picture(call(pixels, *given[1:])[0])

    return paint


def in_openvino(bundle: Bundle, precision: str, given: tuple) -> Paint:
    import openvino

    module = Painting(StylePainter(bundle, dtype=torch.float32).network)
    with torch.no_grad():
        model = openvino.convert_model(module, example_input=given)
    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.compile_model(model, "CPU", settings)
    arrays = [one.numpy() for one in given]
    return lambda: to_picture(torch.from_numpy(compiled(arrays)[0])[0])


def in_onnxruntime(bundle: Bundle, given: tuple) -> Paint:
    import onnxruntime

    module = Painting(StylePainter(bundle, dtype=torch.float32).network)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "style.onnx"
        torch.onnx.export(module, given, path, dynamo=True, verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    feed = dict(zip(names, [one.numpy() for one in given], strict=True))
    return lambda: to_picture(torch.from_numpy(session.run(None, feed)[0])[0])


def engines(bundle: Bundle, given: tuple) -> dict[str, Paint]:
    """The engines that are installed, by name; the first is what the others are compared with."""
    first, last = torch.contiguous_format, torch.channels_last
    found = {
        "PyTorch, float32": in_torch(bundle, torch.float32, first, False, given),
        "PyTorch, float32, channels last": in_torch(bundle, torch.float32, last, False, given),
        "PyTorch, bfloat16, channels last": in_torch(bundle, torch.bfloat16, last, False, given),
        "torch.compile, bfloat16, channels last": in_torch(bundle, torch.bfloat16, last, True, given),
    }
    if importlib.util.find_spec("openvino"):
        found["OpenVINO, float32"] = in_openvino(bundle, "f32", given)
        found["OpenVINO, bfloat16"] = in_openvino(bundle, "bf16", given)
    if importlib.util.find_spec("onnxruntime"):
        found["ONNX Runtime, float32"] = in_onnxruntime(bundle, given)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="a trained model; without it, random weights")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.manual_seed(0)
    bundle = bundle_or_chance(options.bundle)
    random = np.random.default_rng(0)
    content, style = make_photo(random, options.side), make_photo(random, options.side)
    found = engines(bundle, inputs_of(StylePainter(bundle, dtype=torch.float32), content, style))
    times: dict[str, list[float]] = {name: [] for name in found}
    pictures = {name: paint() for name, paint in found.items()}
    for _ in range(options.rounds):
        for name, paint in found.items():
            times[name].append(1000 * seconds_of(paint))
    (name, *_) = found
    print(f"{options.side} px, {options.rounds} rounds in turn, {torch.get_num_threads()} threads\n")
    print("| engine | ms | from .. to | of the first | PSNR to the first |\n|---|---|---|---|---|")
    for engine, each in times.items():
        error = np.square(pictures[engine].astype(float) - pictures[name]).mean()
        agreement = f"{10 * np.log10(255**2 / error):.1f} dB" if error else "equal"
        share = statistics.median(each) / statistics.median(times[name])
        print(
            f"| {engine} | {statistics.median(each):.1f} | {min(each):.1f} .. {max(each):.1f} | {share:.2f} "
            f"| {agreement} |"
        )


if __name__ == "__main__":
    main()
