"""Listens to supervisord: when a service dies, what it has started goes with it.

`mlflow server` is two processes. With the first killed, the second would keep the port, and every new first would fail.
supervisord kills the whole group only of a service that it stops itself. Flow runs are groups of their own and go on.

Run by supervisord: `python orphans.py`.
"""

import contextlib
import os
import signal

from supervisor import childutils


def main() -> None:
    """Answer supervisord's events until it ends."""
    while True:
        headers, payload = childutils.listener.wait()
        end_group(headers["eventname"], payload)
        childutils.listener.ok()


def end_group(event: str, payload: str) -> None:
    """Kill what is left of the group of a service that has exited."""
    if event == "PROCESS_STATE_EXITED":
        group = int(childutils.get_headers(payload)["pid"])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
