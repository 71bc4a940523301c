#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
Clients of both APIs that send garbage, half a message, connect 10,000 times or never read. They
are cut off; traffic goes on without loss; other clients are served meanwhile; memory stays.

    clients --- controld.sock   dvs-controld --- switchd.sock   dvs-switchd --- clients
                                                                  |      |
                                        ns-t1 [t1 10.0.0.1]-------+      +------[t2 10.0.0.2] ns-t2
"""

import contextlib
import json
import random
import resource
import socket
import struct
import time

import lab
from stream import Stream

CONNECTIONS = 10000
HELLO = struct.pack("=IHHIi", 16 + 40, 1, 0, 1, 0) + struct.pack("=HH4x32s", 1, 1, b"hostile")


def connect(path, kind):
    connection = socket.socket(socket.AF_UNIX, kind)
    connection.settimeout(5)
    connection.connect(path)
    return connection


def is_closed(connection, seconds=10):
    """The peer has ended the connection, whatever it sent before."""
    deadline = time.monotonic() + seconds
    connection.settimeout(0.5)
    while time.monotonic() < deadline:
        try:
            if connection.recv(65536) == b"":
                return True
        except TimeoutError:
            pass
        except OSError:
            return True
    return False


def garbage(path, kind, seed):
    source = random.Random(seed)
    for size in (1, 15, 16, 17, 60, 1000, 32768):
        with connect(path, kind) as connection:
            with contextlib.suppress(OSError):
                connection.send(source.randbytes(size))
            if kind == socket.SOCK_SEQPACKET:
                lab.check(is_closed(connection), f"{path}: {size} bytes of garbage were taken")


def half_message(path, kind):
    """Length says more than comes; the switch's packets have ends, so that is a lie at once."""
    if kind == socket.SOCK_SEQPACKET:
        with connect(path, kind) as connection:
            connection.send(HELLO[:30])
            lab.check(is_closed(connection), "half a HELLO was taken")
        with connect(path, kind) as connection:
            connection.send(struct.pack("=IHHIi", 4000000000, 1, 0, 1, 0) + HELLO[16:])
            lab.check(is_closed(connection), "a length that lies was taken")
        return None
    connection = connect(path, kind)
    connection.send(b'{"jsonrpc": "2.0", "id": 1, "method": "lis')
    return connection  # kept open: must not disturb anybody


def endless(path):
    """A request that never ends: cut off before it fills the memory."""
    with connect(path, socket.SOCK_STREAM) as connection:
        sent = 0
        with contextlib.suppress(OSError):
            connection.send(b'{"jsonrpc": "2.0", "id": 1, "method": "')
            while sent < 256 << 20:
                sent += connection.send(b"x" * 65536)
        lab.check(sent < 256 << 20, "256 MB of one request were taken")
    with connect(path, socket.SOCK_STREAM) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(b"[" * 1000000)
            lab.check(is_closed(connection), "a million brackets were taken")


def json_errors(path):
    """Each wrong request has its standard error code, and the connection goes on."""
    for text, code in ((b'{"jsonrpc": "2.0", "id": 1, "method": "nonsense"}\n', -32601),
                       (b'{"jsonrpc": "2.0", "id": 1}\n', -32600),
                       (b'{"jsonrpc": "2.0", "id": 1, "method": "list", "params": {"type": 7}}\n', -32602)):
        with connect(path, socket.SOCK_STREAM) as connection:
            connection.sendall(text)
            reply = json.loads(connection.recv(65536))
            lab.check(reply["error"]["code"] == code, f"{text}: {reply}")


def never_reads_switch():
    """Asks for dumps and reads nothing."""
    connection = connect(lab.SWITCH_SOCKET, socket.SOCK_SEQPACKET)
    connection.send(HELLO)
    connection.settimeout(0.2)
    dump = struct.pack("=IHHIi", 32, 7, 0, 2, 0) + struct.pack("=H6xQ", 16, 0)
    with contextlib.suppress(OSError):
        for _ in range(20000):
            connection.send(dump)
    return connection


def never_reads_control():
    connection = connect(lab.CONTROL_SOCKET, socket.SOCK_STREAM)
    connection.settimeout(0.2)
    request = b'{"jsonrpc": "2.0", "id": 1, "method": "list", "params": {"type": "port"}}\n'
    with contextlib.suppress(OSError):
        for _ in range(200000):
            connection.send(request)
    return connection


def many_connections(net, path, kind):
    """10,000 connections, many open at once; each is served or refused, none is left hanging."""
    opened, refused = [], 0
    for number in range(CONNECTIONS):
        connection = socket.socket(socket.AF_UNIX, kind)
        connection.settimeout(0.05)
        try:
            connection.connect(path)
            opened.append(connection)
        except OSError:
            refused += 1
            connection.close()
        if len(opened) >= 500:
            for other in opened[:250]:
                other.close()
            del opened[:250]
        if number % 1000 == 999:
            net.switch.check_running()
            net.control.check_running()
    lab.step(f"{path}: {CONNECTIONS} connections, {refused} refused")
    for connection in opened:
        connection.close()
    lab.wait(lambda: net.dvsctl("status")[0] == 0 and net.dvsctl("workers")[0] == 0, 10,
             "the daemons to serve others after 10,000 connections")


def served(net):
    """Another client is served in time."""
    start = time.monotonic()
    net.ctl("status")
    net.ctl("stats")
    lab.check(time.monotonic() - start < 3, "other clients waited")


def test(net):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    net.start()
    net.base()
    t1 = net.tap("t1", "10.0.0.1/24")
    t2 = net.tap("t2", "10.0.0.2/24")
    t1.ping("10.0.0.2")
    stream = Stream(t1, t2)
    fds = {p.name: p.n_fds() for p in (net.switch, net.control)}
    memory = {p.name: p.rss_kb() for p in (net.switch, net.control)}
    kept = []

    lab.step("garbage and half messages")
    for path, kind in ((lab.SWITCH_SOCKET, socket.SOCK_SEQPACKET),
                       (lab.CONTROL_SOCKET, socket.SOCK_STREAM)):
        garbage(path, kind, 7)
        kept.append(half_message(path, kind))
        served(net)
    json_errors(lab.CONTROL_SOCKET)
    lab.step("a request without end")
    endless(lab.CONTROL_SOCKET)
    served(net)

    lab.step("clients that never read")
    kept += [never_reads_switch(), never_reads_control()]
    served(net)

    for path, kind in ((lab.SWITCH_SOCKET, socket.SOCK_SEQPACKET),
                       (lab.CONTROL_SOCKET, socket.SOCK_STREAM)):
        many_connections(net, path, kind)
        served(net)

    for connection in filter(None, kept):
        connection.close()
    lab.step("nothing is left")
    for process in (net.switch, net.control):
        lab.wait(lambda p=process: p.n_fds() <= fds[p.name] + 1, 10,
                 f"{process.name} to close descriptors (had {fds[process.name]})")
        grown = process.rss_kb() - memory[process.name]
        lab.check(grown < 32768, f"{process.name} grew by {grown} KB")
    sent, received = stream.end()
    lab.check(sent > 100 and sent == received, f"of {sent} frames {received} arrived")
    net.wait_synced()
    net.check_invariant()


lab.main(test)
