# SPDX-License-Identifier: BSD-3-Clause
"""
Whole frames in and out of kernel interfaces, VLAN tags included. The kernel takes the outer tag off
before a packet socket sees the frame, and says so beside it: here it is put back.
"""

import select
import socket
import struct
import time

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
TP_STATUS_VLAN_VALID = 0x10


class Link:
    """One interface of this network namespace."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.bind((name, ETH_P_ALL))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setblocking(False)

    def send(self, frame):
        self.socket.send(frame)

    def receive(self):
        """The next frame that somebody else sent to the interface, None when there is none."""
        while True:
            try:
                data, control, _, address = self.socket.recvmsg(65536, 256)
            except BlockingIOError:
                return None
            if address[2] == PACKET_OUTGOING:
                continue
            for _, kind, value in control:
                if kind != PACKET_AUXDATA:
                    continue
                status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", value[:20])
                if status & TP_STATUS_VLAN_VALID:
                    data = data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
            return data


def collect(links, wanted=None, seconds=0.04):
    """{name: [frame...]} of what comes until nothing has come for so long."""
    got = {link.name: [] for link in links}
    by_fd = {link.socket.fileno(): link for link in links}
    while True:
        started = time.monotonic()
        readable = select.select(list(by_fd), [], [], seconds)[0]
        if not readable:
            return got
        for fd in readable:
            frame = by_fd[fd].receive()
            while frame is not None:
                if wanted is None or wanted(frame):
                    got[by_fd[fd].name].append(frame)
                    started = time.monotonic()
                frame = by_fd[fd].receive()
