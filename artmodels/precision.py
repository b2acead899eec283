"""The arithmetic that inference runs fastest in, without a difference that anyone could see."""

import torch


def fastest_dtype(device: str) -> torch.dtype:
    """Return bfloat16 where the device computes in it, else float32.

    A CPU that only stores bfloat16 (without avx512_bf16 or amx) would be slower with it than without.
    """
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    if device == "cpu" and torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32
