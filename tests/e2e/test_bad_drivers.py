#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 300 s
"""
Guests that write anything into their rings, and hypervisors that take memory away: their own port
is broken, and says why; nobody else loses a frame, and a good driver is served there afterwards.

    a driver that lies (virtio_driver.py) --- bad.sock ---+
    dvs-gen port 0 --- a.sock ---+                        |
    dvs-gen port 1 --- b.sock ---+------------------------+  segment lan
    ns-t1 [t1 10.0.0.1] ---------+
    ns-t2 [t2 10.0.0.2] ---------+
"""

import contextlib
import json
import os
import random
import struct
import subprocess
import time

import generator
import lab
from stream import Stream
from virtio_driver import (AVAIL, BASE, DEVICE_AREA, DRIVER_AREA, HEADER, IN_TABLE, NEXT,
                           RING_BYTES, RX, SET_VRING_NUM, SLOT, TX, USED, WRITE, Driver)

DATAPATHS = ("direct", "library")
MEMORY = 4 << 20
END = BASE + MEMORY
DATA = BASE + MEMORY // 2
TABLE = BASE + MEMORY // 2 + 0x10000
FRAME = b"\xff" * 6 + bytes.fromhex("0200000000ba") + b"\x88\xb5" + bytes(50)
RATE = 200  # frames a second of the pair beside


def table(driver, at, descs):
    """Descriptors of an indirect table: [(address, length, flags, next)]."""
    for number, desc in enumerate(descs):
        driver.poke(at - BASE + 16 * number, "QIHH", *desc)


def nested(driver):
    table(driver, TABLE, [(TABLE + 64, 16, IN_TABLE, 0)])
    driver.put(TX, [(TABLE, 16, IN_TABLE)])


def table_loop(driver):
    table(driver, TABLE, [(DATA, 1, NEXT, 1), (DATA, 1, NEXT, 0)])
    driver.put(TX, [(TABLE, 32, IN_TABLE)])


def table_over_end(driver):
    table(driver, END - 16, [(DATA, 1, NEXT, 1)])
    driver.put(TX, [(END - 16, 32, IN_TABLE)])


def packed_loop(driver):
    driver.put(TX, [(DATA, 1, NEXT)] * driver.size)


def packed_unfinished(driver):
    """A chain that goes on where nothing is available."""
    driver.put(TX, [(DATA, 60, NEXT)])


# (what, words of the reason, what the driver does); the first for both layouts.
TX_LIES = [
    ("a buffer outside of memory", "outside", lambda d: d.put(TX, [(END, 100, 0)])),
    ("a buffer over the end of memory", "outside", lambda d: d.put(TX, [(END - 50, 100, 0)])),
    ("a buffer around the end of all addresses", "outside",
     lambda d: d.put(TX, [((1 << 64) - 50, 100, 0)])),
    ("a huge buffer", "outside", lambda d: d.put(TX, [(DATA, 0xffffffff, 0)])),
    ("a buffer of nothing", "no room", lambda d: d.put(TX, [(DATA, 0, 0)])),
    ("a writable buffer to send", "writable", lambda d: d.put(TX, [(DATA, 100, WRITE)])),
    ("a table of half a descriptor", "not aligned, or",
     lambda d: d.put(TX, [(TABLE, 24, IN_TABLE)])),
    ("a table that is not aligned", "not aligned, or",
     lambda d: d.put(TX, [(TABLE + 4, 32, IN_TABLE)])),
    ("a table outside of memory", "outside", lambda d: d.put(TX, [(END, 32, IN_TABLE)])),
    ("a table over the end of memory", "outside", table_over_end),
    ("a table that is followed by more", "indirect table",
     lambda d: d.put(TX, [(TABLE, 32, IN_TABLE | NEXT), (DATA, 100, 0)])),
]
SPLIT_LIES = [
    ("an index that jumps", "available index", lambda d: d.available(TX, 0, d.size + 1)),
    ("an index that jumps back", "available index", lambda d: d.available(TX, 0, -3)),
    ("a descriptor beyond the ring", "beyond the ring", lambda d: d.available(TX, d.size)),
    ("a next beyond the ring", "goes on beyond",
     lambda d: d.put_split(TX, [(DATA, 1, NEXT, d.size)])),
    ("a loop of one", "longer than", lambda d: d.put_split(TX, [(DATA, 1, NEXT, 0)], 0)),
    ("a loop of three", "longer than", lambda d: d.put_split(
        TX, [(DATA, 1, NEXT), (DATA, 1, NEXT), (DATA, 1, NEXT, 0)], 0)),
    ("a loop in a table", "longer than", table_loop),
    ("a table in a table", "indirect table", nested),
]
PACKED_LIES = [
    ("a chain as long as the ring without end", "longer than", packed_loop),
    ("a chain whose rest is not there", "goes on beyond", packed_unfinished),
]
RX_LIES = [
    ("a buffer to receive into outside of memory", "outside",
     lambda d: d.put(RX, [(END, 2048, WRITE)])),
    ("a read-only buffer to receive into", "writable", lambda d: d.put(RX, [(DATA, 2048, 0)])),
    ("a buffer of a few octets to receive into", "no room",
     lambda d: d.put(RX, [(DATA, 4, WRITE)])),
]


class Lab:
    """The bad port, and who is beside it."""

    def __init__(self, net):
        self.net, self.datapath, self.packed = net, None, False

    def set_up(self, datapath, packed):
        with contextlib.suppress(lab.Failure):
            self.net.ctl("port del bad")
        self.net.ctl(f"port add bad group=vms datapath={datapath}")
        self.datapath, self.packed = datapath, packed

    def driver(self, **options):
        driver = Driver(f"{lab.VHOST_DIR}/bad.sock", packed=self.packed, **options)
        if options.get("start", True):
            self.wait_up()
        return driver

    def wait_up(self):
        lab.wait(lambda: self.net.link("bad") == "up", 5, "the bad driver's link to be up")

    def state(self):
        return self.net.states()["bad"]

    def check_broken(self, what, words):
        lab.wait(lambda: words in self.state()["error"], 5,
                 f"{what}: a reason with \"{words}\", not \"{self.state()['error']}\"")
        lab.check(self.state()["link"] == "down", f"{what}: the link is up")

    def check_served(self, what):
        """A good driver at the same port."""
        lab.wait(lambda: self.net.link("bad") == "down", 5, f"the driver to be gone after {what}")
        driver = self.driver()
        driver.fill()
        driver.send(FRAME)
        lab.wait(lambda: driver.reap(TX), 5, f"a good driver's frame to be taken after {what}")
        lab.check(self.state()["error"] == "", f"after {what}: {self.state()['error']}")
        driver.close()
        lab.wait(lambda: self.net.link("bad") == "down", 5, "the good driver to be gone")

    def lie(self, what, words, action):
        driver = self.driver()
        driver.fill(64)
        driver.send(FRAME)
        lab.wait(lambda: driver.reap(TX), 5, "the first frame to be taken")
        action(driver)
        self.check_broken(what, words)
        self.net.switch.check_running()
        driver.close()


def lies(bench):
    """What no correct driver does, one by one."""
    for what, words, action in TX_LIES + (PACKED_LIES if bench.packed else SPLIT_LIES):
        bench.lie(what, words, action)
    for what, words, action in RX_LIES:
        driver = bench.driver()
        action(driver)
        # Frames for it: who has an address that nobody has?
        bench.net.ask(lambda what=what, words=words: bench.check_broken(what, words))
        driver.close()
    bench.check_served("all lies")


def lying_headers(bench):
    """gso fields that make no sense are dropped or ignored; the ring is as good as before."""
    rng = random.Random(3)
    driver = bench.driver()
    driver.fill()
    for number in range(300):
        header = rng.randbytes(HEADER) if number % 3 else struct.pack(
            "<BBHHHHH", 1, rng.choice((1, 3, 4, 0x81, 5)), rng.choice((0, 14, 54, 0xffff)),
            rng.choice((0, 1, 1460, 0xffff)), rng.choice((0, 14, 34, 0xffff)), 0xffff, 1)
        driver.send(FRAME, header)
        if number % 50 == 49:
            lab.wait(lambda: driver.reap(TX), 5, "frames with lying headers to be taken")
    lab.check(bench.state()["error"] == "", f"lying headers: {bench.state()['error']}")
    driver.close()


def scribbles(bench, rounds):
    """Random writes all over the rings, with notifications."""
    broken = 0
    for number in range(rounds):
        rng = random.Random(number)
        driver = bench.driver()
        driver.fill()
        until = time.monotonic() + 0.15
        while time.monotonic() < until:
            driver.send(FRAME)
            ring, kind = rng.choice((RX, TX)), rng.randrange(4)
            if kind == 0:
                driver.poke(driver.desc(ring, rng.randrange(driver.size)), "QIHH",
                            rng.randrange(END + 4096), rng.randrange(1 << 17),
                            rng.randrange(8) | rng.choice((0, AVAIL, USED, AVAIL | USED)),
                            rng.randrange(2 * driver.size))
            elif kind == 1:
                driver.poke(ring * RING_BYTES + DRIVER_AREA + 2 * rng.randrange(driver.size + 3),
                            "H", rng.randrange(1 << 16))
            elif kind == 2:
                driver.poke(ring * RING_BYTES + DEVICE_AREA + 2 * rng.randrange(4 * driver.size),
                            "H", rng.randrange(1 << 16))
            else:
                at = ring * RING_BYTES + rng.randrange(16 * driver.size)
                driver.poke(at, "Q", rng.getrandbits(64))
            os.eventfd_write(driver.kicks[ring], 1)
        broken += bench.state()["error"] != ""
        bench.net.switch.check_running()
        driver.close()
    lab.check(broken > 0 or bench.datapath == "library", "random writes broke no ring")
    bench.check_served("scribbles")


def notification_storm(bench):
    driver = bench.driver()
    driver.fill()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        for kick in driver.kicks:
            os.eventfd_write(kick, 1)
    lab.check(bench.state()["error"] == "", f"notifications: {bench.state()['error']}")
    driver.close()


def full_call(bench):
    """Its counter is full and blocks whoever adds to it; the driver wants every notification."""
    driver = Driver(f"{lab.VHOST_DIR}/bad.sock", packed=bench.packed, start=False)
    for call in driver.calls:
        os.eventfd_write(call, 0xfffffffffffffffe)
    driver.negotiate()
    driver.start()
    bench.wait_up()
    driver.fill()
    for number in range(20):
        driver.send(FRAME)
        lab.wait(lambda: driver.reap(TX), 5, f"frame {number} with a full call descriptor")
    driver.close()


def memory_shrinks(bench):
    """The file of the guest's memory becomes shorter, with frames under way."""
    for size in (0, 4096, RING_BYTES + 100, MEMORY // 2):
        driver = bench.driver()
        driver.fill()
        for number in range(64):
            driver.put(TX, [(DATA + SLOT * number, 1500, 0)])
        driver.file.truncate(size)
        # The test's own mapping is no better: only what is left of it may be touched.
        os.eventfd_write(driver.kicks[TX], 1)
        if size == MEMORY // 2:
            driver.put(TX, [(DATA, 1500, 0)])
        bench.check_broken(f"memory of {size} octets", "memory of the guest is gone")
        bench.net.switch.check_running()
        driver.close()
    driver = Driver(f"{lab.VHOST_DIR}/bad.sock", packed=bench.packed, start=False)
    driver.negotiate()
    driver.file.truncate(0)
    with contextlib.suppress(OSError):
        driver.start()
        driver.sync()
        driver.start()  # the library looks at rings while it takes memory
        driver.sync()
    bench.net.switch.check_running()
    driver.close()
    bench.check_served("memory that shrank")


def memory_goes(bench):
    """Another table of memory, without rings or buffers; and then all of it again."""
    driver = bench.driver()
    driver.fill()
    driver.send(FRAME)
    for regions in ([(BASE + MEMORY // 2, MEMORY // 2, MEMORY // 2)],
                    [(BASE, 2 * RING_BYTES, 0)], [(BASE, 4096, 0)]):
        with contextlib.suppress(OSError):
            driver.share(*regions)
            driver.send(FRAME)
            driver.sync()
        bench.net.switch.check_running()
    driver.close()
    bench.check_served("memory that went away")


def odd_size(bench):
    """Of a packed ring any number will do."""
    driver = Driver(f"{lab.VHOST_DIR}/bad.sock", packed=bench.packed, size=100, start=False)
    driver.negotiate()
    with contextlib.suppress(OSError):
        driver.start()
        driver.sync()
    if bench.packed:
        bench.wait_up()
        driver.send(FRAME)
    else:
        lab.check(bench.net.link("bad") == "down", "a split ring of 100 is up")
    driver.close()
    for size in (0, 3, 65536, 1 << 31):
        with contextlib.suppress(OSError):
            driver = Driver(f"{lab.VHOST_DIR}/bad.sock", packed=bench.packed, start=False)
            driver.negotiate()
            driver.request(SET_VRING_NUM, struct.pack("<II", TX, size))
            driver.sync()
        driver.close()
    bench.check_served("odd sizes")


def ask(net, t1):
    """Calls a function while t1 asks all ports for an address that nobody has."""
    def call(function):
        ping = t1.spawn("ping", "ping -n -q -i 0.2 10.0.0.99")
        try:
            function()
        finally:
            ping.end()
    net.ask = call


def watch_pair():
    """dvs-gen between a and b, until it is told to end."""
    words = generator.argv(["a", "b"], f"--rate {RATE} --time 600")
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            stdin=subprocess.DEVNULL)


def test(net):
    net.start()
    net.base()
    t1 = net.tap("t1", "10.0.0.1/24")
    t2 = net.tap("t2", "10.0.0.2/24")
    t1.run("sysctl -qw net.ipv4.neigh.t1.retrans_time_ms=50")
    for port in "ab":
        net.ctl(f"port add {port} group=vms datapath=direct")
    ask(net, t1)
    bench = Lab(net)
    pair = watch_pair()
    lab.wait(lambda: net.stats()["a"]["rx_frames"] > 10, 20, "frames of dvs-gen")
    descriptors = net.switch.n_fds()
    for datapath in DATAPATHS:
        for packed in (False, True):
            bench.set_up(datapath, packed)
            stream = Stream(t1, t2, 0.01)
            for attack in ([lies] if datapath == "direct" else []) + [
                    lying_headers, lambda b: scribbles(b, 6), notification_storm, full_call,
                    memory_shrinks, memory_goes, odd_size]:
                attack(bench)
            sent, received = stream.end()
            lab.step(f"{datapath}, {'packed' if packed else 'split'} rings: beside it {received} "
                     f"of {sent} frames arrived")
            lab.check(received == sent, f"bystanders lost frames: {net.drops('t1')}")
    pair.send_signal(2)
    output, errors = pair.communicate(timeout=30)
    result = json.loads(output.splitlines()[-1])
    lab.step(f"dvs-gen: {result['rx_frames']} of {result['tx_frames']} frames arrived")
    lab.check(result["lost_frames"] == 0 and result["tx_frames"] > 1000, f"{result} {errors}")
    net.ctl("port del bad")
    lab.wait(lambda: net.switch.n_fds() <= descriptors, 10, "the descriptors to be closed")
    net.check_invariant()


lab.main(test)
