"""A wire between a client and a server, to be cut from outside."""

import socket
import threading
from contextlib import suppress


class Wire:
    """Hands on every byte between its own port and another, until it is cut; then nobody gets through."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._is_cut = False
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for end in tuple(self._ends):
            self._drop(end)

    def mend(self) -> None:
        self._is_cut = False

    @property
    def is_in_use(self) -> bool:
        return bool(self._ends)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._connect(self._listener.accept()[0])

    def _connect(self, near: socket.socket) -> None:
        if self._is_cut:
            near.close()
            return
        far = socket.create_connection(("127.0.0.1", self._to))
        self._ends |= {near, far}
        for here, there in ((near, far), (far, near)):
            threading.Thread(target=self._hand_on, args=(here, there), daemon=True).start()

    def _hand_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while some := here.recv(65_536):
                there.sendall(some)
        self._drop(here)
        self._drop(there)  # what it has been sent already, it may still read

    def _drop(self, end: socket.socket) -> None:
        self._ends.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
