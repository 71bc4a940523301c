#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 300 s
"""
Frontends that speak vhost-user badly, or not at all: other ports do not notice, and a driver that
comes meanwhile is served at once.

    half a message, garbage, unread replies,      --- bad.sock ---+
    1,100 connections, rings outside of memory,                   |
    descriptors without end                                       |
                                                                  |
    ns-t1 [t1 10.0.0.1]---+                                       |  segment lan
    ns-t2 [t2 10.0.0.2]---+---------------------------------------+
                                                                  |
    testpmd (a good driver, after each of them)   --- good.sock --+
"""

import contextlib
import os
import random
import resource
import socket
import struct
import time

import lab
from frontend import Testpmd
from stream import Stream
from virtio_driver import (GET_FEATURES, NEED_REPLY, SET_FEATURES, SET_LOG_BASE, SET_MEM_TABLE,
                           SET_OWNER, SET_VRING_ADDR, SET_VRING_BASE, SET_VRING_CALL,
                           SET_VRING_KICK, SET_VRING_NUM, VERSION, message)

IOTLB, POSTCOPY_ADVISE, POSTCOPY_LISTEN, GET_INFLIGHT, SET_INFLIGHT = 22, 28, 29, 31, 32
MEMORY = 1 << 20


def connect():
    end = socket.socket(socket.AF_UNIX)
    end.connect(f"{lab.VHOST_DIR}/bad.sock")
    end.settimeout(5)
    return end


def half_a_message(_):
    """A header whose body never comes."""
    ends = [connect() for _ in range(3)]
    for end in ends:
        end.send(message(SET_FEATURES, size=8))
    return ends


def unread_replies(_):
    """Requests without end, whose answers nobody reads."""
    end = connect()
    end.settimeout(0.2)
    try:
        for _ in range(20000):
            end.sendall(message(GET_FEATURES))
    except OSError:
        pass
    return [end]


def garbage(rng):
    ends = []
    for number in range(200):
        end = connect()
        try:
            end.send(rng.randbytes(rng.randrange(1, 400)) if number % 2 else
                     message(rng.randrange(0, 60), rng.randbytes(rng.randrange(0, 300)),
                             rng.choice((VERSION, VERSION | NEED_REPLY, 5, 0))))
        except OSError:
            pass
        if number % 4:
            end.close()
        else:
            ends.append(end)
    return ends


def many_connections(_):
    """More than the library has devices for all ports together."""
    ends = []
    for _ in range(1100):
        end = connect()
        try:
            end.send(message(GET_FEATURES))
        except OSError:
            pass
        ends.append(end)
    return ends


def rings_outside_of_memory(rng):
    """A driver that comes up, and points its rings and buffers at nonsense."""
    ends = []
    for number in range(30):
        end = connect()
        memory = os.memfd_create("guest")
        os.ftruncate(memory, MEMORY)
        os.pwrite(memory, rng.randbytes(MEMORY), 0)
        kick = os.eventfd(0)
        try:
            end.send(message(GET_FEATURES))
            features = struct.unpack("<Q", end.recv(20)[12:])[0]
            end.send(message(SET_OWNER))
            end.send(message(SET_FEATURES, struct.pack(
                "<Q", features & ~(1 << 30) & ~(0 if number % 2 else 1 << 34))))
            socket.send_fds(end, [message(SET_MEM_TABLE, struct.pack(
                "<IIQQQQ", 1, 0, 0, MEMORY, 0x100000, 0))], [memory])
            for ring in (0, 1):
                end.send(message(SET_VRING_NUM, struct.pack("<II", ring, 256)))
                end.send(message(SET_VRING_BASE, struct.pack("<II", ring, rng.randrange(65536))))
                desc = rng.choice((0x100000, 0x108000, 0x100000 + MEMORY - 64, 0x999000000))
                end.send(message(SET_VRING_ADDR, struct.pack(
                    "<IIQQQQ", ring, 0, desc, desc + 0x4000, desc + 0x2000, 0)))
                socket.send_fds(end, [message(SET_VRING_CALL, struct.pack("<Q", ring))], [kick])
                socket.send_fds(end, [message(SET_VRING_KICK, struct.pack("<Q", ring))], [kick])
        except (OSError, struct.error):
            pass  # cut off, which is right
        time.sleep(0.02)
        for at in range(0, MEMORY, 4096):
            os.pwrite(memory, rng.randbytes(64), at)
        os.close(memory)
        os.close(kick)
        if number < 27:
            end.close()  # or the next ones are refused
        else:
            ends.append(end)
    return ends


def descriptors_without_end(_):
    """Messages with descriptors that cannot be meant, and requests that nobody offered."""
    memory, event = os.memfd_create("guest"), os.eventfd(0)
    os.ftruncate(memory, MEMORY)
    region = struct.pack("<QQQQ", 0, MEMORY, 0, 0)
    bodies = [
        (SET_INFLIGHT, struct.pack("<QQHH", 4096, 0, 1, 128), 1),
        (SET_INFLIGHT, struct.pack("<QQHH", 4096, 0, 0, 0), 8),
        (SET_INFLIGHT, bytes(8), 8),
        (GET_INFLIGHT, struct.pack("<QQHHI", 0, 0, 256, 1024, 0), 0),
        (SET_MEM_TABLE, struct.pack("<II", 8, 0) + bytes(8 * 32), 8),
        (SET_MEM_TABLE, struct.pack("<II", 8, 0) + 7 * region + struct.pack(
            "<QQQQ", 0, 1 << 60, 0, 0), 8),
        (SET_MEM_TABLE, struct.pack("<II", 1, 0), 1),
        (SET_LOG_BASE, struct.pack("<QQ", 4096, 1 << 19), 1),
        (POSTCOPY_ADVISE, b"", 0), (POSTCOPY_LISTEN, b"", 0),
        (IOTLB, struct.pack("<QQQBBBB", 0, 4096, 0, 3, 2, 0, 0), 0),
        (SET_VRING_CALL, struct.pack("<Q", 0), 8),
    ]
    for number in range(40):
        for request, body, n_fds in bodies:
            end = connect()
            with contextlib.suppress(OSError):
                # What the library has on its stack is what was there last.
                socket.send_fds(end, [message(SET_MEM_TABLE, struct.pack("<II", 1, 0) + region)],
                                [memory])
                for _ in range(5):
                    socket.send_fds(end, [message(request, body, VERSION | (
                        NEED_REPLY if number % 2 else 0))], [memory, event] * (n_fds // 2)
                        or [memory] * n_fds)
                end.send(message(GET_FEATURES))
                while end.recv(4096):
                    pass
            end.close()
    os.close(memory)
    os.close(event)
    return []


def is_served(net):
    """A good driver comes up, quickly, and goes."""
    since = time.monotonic()
    pmd = Testpmd(net, [f"path={lab.VHOST_DIR}/good.sock,mac=52:54:00:00:00:99"])
    lab.wait(lambda: net.link("good") == "up", 20, "a good driver's link to be up")
    seconds = time.monotonic() - since
    pmd.quit()
    lab.wait(lambda: net.link("good") == "down", 5, "the good driver to be gone")
    return seconds


def test(net):
    rng = random.Random(1)
    net.start()
    net.base()
    t1 = net.tap("t1", "10.0.0.1/24")
    t2 = net.tap("t2", "10.0.0.2/24")
    net.ctl("port add bad group=vms")
    net.ctl("port add good group=vms")
    lab.wait(lambda: " 1 received" in t1.run("ping -n -c 1 -W 1 10.0.0.2", expect=None), 10,
             "the first answer")
    is_served(net)
    descriptors = net.switch.n_fds()

    for attack in (half_a_message, unread_replies, garbage, many_connections,
                   rings_outside_of_memory, descriptors_without_end):
        stream = Stream(t1, t2, 0.01)
        ends = attack(rng)
        seconds = is_served(net)
        sent, received = stream.end()
        lab.step(f"{attack.__name__}: a driver was served after {seconds:.1f} s; beside it "
                 f"{received} of {sent} frames arrived")
        lab.check(sent >= 30 and received == sent, f"{attack.__name__} disturbed a bystander: "
                  f"{net.drops('t1')}")
        for end in ends:
            end.close()
        net.switch.check_running()
        lab.wait(lambda: net.switch.n_fds() <= descriptors, 10, "the descriptors to be closed")

    lab.wait(lambda: net.link("bad") == "down", 5, "the bad port's link to be down")
    sessions = net.states()["bad"]["sessions"]
    lab.step(f"{sessions} bad drivers came up")
    lab.check(sessions > 0, "no bad driver came up: the rings were not even looked at")
    net.check_invariant()

    lab.step("a port when there is no descriptor left")
    limits = resource.prlimit(net.switch.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(net.switch.pid, resource.RLIMIT_NOFILE, (net.switch.n_fds(), limits[1]))
    net.ctl_refused("port add late group=vms", "descriptors", "raise its limit")
    resource.prlimit(net.switch.pid, resource.RLIMIT_NOFILE, limits)
    net.ctl("port add late group=vms")


lab.main(test)
