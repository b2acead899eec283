"""A bad network: a proxy on loopback that can refuse, fall silent, be slow, answer with errors, or lose answers."""

import select
import socket
import struct
import threading
import time
from typing import Literal

Fault = Literal["none", "refused", "silent", "slow", "500", "503", "lost answer"]

_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Passes TCP on to a server, as badly as `fault` says; use it as a context manager.

    `refused`: nobody listens. `silent`: nothing comes back. `slow`: each piece of an answer takes `delay` seconds.
    `500`, `503`: every request gets that answer. `lost answer`: the next request that has `needle` in it is passed on,
    and the connection ends before the answer.
    """

    def __init__(self, port: int, delay: float = 1.0) -> None:
        self.target, self.delay = ("127.0.0.1", port), delay
        self.fault: Fault = "none"
        self.needle = b""
        self.lost = 0
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self._open = True
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """The proxy's address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._changed.set()
        self._thread.join()
        self._listener.close()

    def set(self, fault: Fault, needle: bytes = b"") -> None:
        """Let the network be like this from now on; connections that are open are cut."""
        self.needle, self.fault = needle, fault
        self._changed.set()
        self._changed = threading.Event()

    def set_for(self, fault: Fault, seconds: float) -> threading.Timer:
        """Let the network be like this for a time, and well afterwards."""
        self.set(fault)
        timer = threading.Timer(seconds, self.set, ("none",))
        timer.start()
        return timer

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        listener.settimeout(0.05)
        return listener

    def _accept(self) -> None:
        while self._open:
            if self.fault == "refused":
                self._listener.close()
                while self._open and self.fault == "refused":
                    time.sleep(0.05)
                self._listener = self._listen(self.port)
                continue
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._serve, args=(client, self._changed), daemon=True).start()

    def _serve(self, client: socket.socket, changed: threading.Event) -> None:
        with client, socket.create_connection(self.target) as server:
            losing = False
            while not changed.is_set():
                readable, _, _ = select.select([client, server], [], [], 0.05)
                if self.fault == "refused":
                    # It came in just before nobody listened any more.
                    break
                for source in readable:
                    try:
                        data = source.recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    if source is client:
                        losing = losing or (self.fault == "lost answer" and bool(self.needle) and self.needle in data)
                        if self.fault in ("500", "503"):
                            self._answer(client, self.fault)
                            return
                        if self.fault != "silent":
                            server.sendall(data)
                    elif losing:
                        self.lost += 1
                        self.fault = "none"
                        self._cut(client)
                        return
                    elif self.fault != "silent":
                        if self.fault == "slow":
                            time.sleep(self.delay)
                        client.sendall(data)
            self._cut(client)

    def _answer(self, client: socket.socket, status: str) -> None:
        client.sendall(f"HTTP/1.1 {status} Trouble\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        client.shutdown(socket.SHUT_WR)
        client.settimeout(1)
        try:
            # What is still on its way would turn the answer into a reset.
            while client.recv(65536):
                pass
        except OSError:
            return

    def _cut(self, client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
