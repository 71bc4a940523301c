# SPDX-License-Identifier: BSD-3-Clause
"""A steady stream of numbered datagrams between two tap ports, to see whether any is ever lost.

    stream = Stream(t1, t2, interval=0.005)
    ...                                         # disturb something else
    sent, received = stream.end()

Other than a ping's, a late datagram counts as received however late it is: on a busy machine a
frame may wait for a second, and only what never comes is lost.
"""

import contextlib
import os
import signal
import socket
import sys
import time

PORT = 7777


def send(address, interval):
    """Until SIGTERM; then prints how many."""
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while running:
            sender.sendto(sent.to_bytes(8, "big"), (address, PORT))
            sent += 1
            time.sleep(interval)
    print(sent, flush=True)


def receive(path):
    """Keeps the number of different datagrams in a file."""
    seen = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        receiver.bind(("", PORT))
        receiver.settimeout(0.1)
        while True:
            try:
                seen.add(receiver.recv(64))
                if len(seen) % 16:
                    continue
            except TimeoutError:
                pass
            with open(path + ".new", "w", encoding="ascii") as file:
                file.write(str(len(seen)))
            os.rename(path + ".new", path)


class Stream:
    """From one lab.Tap to another; neighbours are fixed, so that nothing depends on ARP."""

    def __init__(self, source, target, interval=0.005):
        import lab  # pylint: disable=import-outside-toplevel
        self.lab, self.path = lab, f"{lab.RUN}/stream-{target.name}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        for here, there in ((source, target), (target, source)):
            here.run(f"ip neigh replace {there.address} lladdr {there.mac()} dev {here.name} "
                     "nud permanent")
        python = [sys.executable, "-B", os.path.abspath(__file__)]
        self.receiver = target.spawn("receiver", [*python, "receive", self.path])
        lab.wait(lambda: os.path.exists(self.path), 10, "the receiver to listen")
        self.until = time.monotonic() + 1 + 30 * interval  # at least so many frames
        self.sender = source.spawn("sender", [*python, "send", target.address, str(interval)])

    def end(self):
        """(sent, received) when all has arrived, or after a long wait."""
        time.sleep(max(0.0, self.until - time.monotonic()))
        self.sender.end()
        sent = int(self.sender.tail().split()[-1])

        def received():
            with open(self.path, encoding="ascii") as file:
                return int(file.read())
        with contextlib.suppress(self.lab.Failure):
            self.lab.wait(lambda: received() >= sent, 15, "the rest of the stream")
        self.receiver.end(signal.SIGKILL)
        return sent, received()


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], float(sys.argv[3]))
    else:
        receive(sys.argv[2])
