"""Work on many files at once, with as many in flight as there are hands for."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_order(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield `work(item)` for every item, in order, computed by a pool of threads.

    At most three items a thread are begun and not yet handed out, so that memory does not grow with the
    number of items. An exception of `work` is raised here, in its turn; what has not begun never does.
    """
    workers = max(2, min(16, os.cpu_count() or 2))
    waiting = iter(items)
    with ThreadPoolExecutor(workers) as pool:
        begun: deque[Future[Result]] = deque(pool.submit(work, item) for item in islice(waiting, 3 * workers))
        try:
            while begun:
                yield begun.popleft().result()
                begun.extend(pool.submit(work, item) for item in islice(waiting, 1))
        finally:
            for future in begun:
                future.cancel()
