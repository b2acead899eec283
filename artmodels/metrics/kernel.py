"""How far apart two sets of pictures are, by a perceptual encoder's view of them."""

from torch import Tensor


def kernel_distance(some: Tensor, others: Tensor) -> float:
    """Squared maximum mean discrepancy of two sets of vectors `(N, D)` and `(M, D)`, times 1000: see `kernel_items`."""
    return float(kernel_items(some, others).mean())


def kernel_items(some: Tensor, others: Tensor) -> Tensor:
    """What each of `some` adds to the distance from `others`, times 1000: `(N,)`, whose mean is the distance.

    Unbiased, with the kernel `(x.y / D + 1)^3` of the kernel inception distance (Binkowski et al. 2018), on vectors
    divided by the root mean square of `others`, so that it means the same with any encoder. About 0 for two samples
    of one distribution, below 0 by chance.

    Args:
        some: vectors `(N, D)`, N at least 2.
        others: vectors `(M, D)`, M at least 2.
    """
    scale = others.double().square().mean().sqrt()
    some, others = some.double() / scale, others.double() / scale
    within = _off_diagonal(_kernel(some, some))
    return 1000 * (within + _off_diagonal(_kernel(others, others)).mean() - 2 * _kernel(some, others).mean(1))


def _kernel(some: Tensor, others: Tensor) -> Tensor:
    return (some @ others.T / some.shape[1] + 1) ** 3


def _off_diagonal(matrix: Tensor) -> Tensor:
    """Each row's mean without its diagonal element: `(N,)`."""
    return (matrix.sum(1) - matrix.diagonal()) / (len(matrix) - 1)
