# SPDX-License-Identifier: BSD-3-Clause
"""A virtio-net driver and its vhost-user frontend, written down as simply as the standard has it
(VIRTIO 1.2 sections 2.7 and 2.8), so that tests can do any part of it wrong.

    driver = Driver("/run/dvs/vhost/a.sock", packed=True)
    driver.fill()                           # buffers to receive into
    driver.send(frame)
    frames = driver.receive()
    driver.put(TX, [(address, 100, 0)])     # a buffer as one likes
    driver.file.truncate(4096)

Memory is one file, and one region that the guest sees from BASE on. Rings are at its start, each
with RING_BYTES; then SLOT bytes for each buffer of both.
"""

import mmap
import os
import socket
import struct
import tempfile

GET_FEATURES, SET_FEATURES, SET_OWNER, SET_MEM_TABLE, SET_LOG_BASE = 1, 2, 3, 5, 6
SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE = 8, 9, 10, 11
SET_VRING_KICK, SET_VRING_CALL = 12, 13
VERSION, NEED_REPLY = 1, 8

MERGEABLE, INDIRECT, EVENT_IDX, PROTOCOL, VERSION_1, PACKED, IN_ORDER = 15, 28, 29, 30, 32, 34, 35
NEXT, WRITE, IN_TABLE = 1, 2, 4
AVAIL, USED = 1 << 7, 1 << 15
RX, TX = 0, 1

BASE = 0x100000
RING_BYTES = 0x10000
DRIVER_AREA, DEVICE_AREA = 0x8000, 0xa000
SLOTS = 2 * RING_BYTES
SLOT = 2048
HEADER = 12


def message(request, payload=b"", flags=VERSION, size=None):
    return struct.pack("<III", request, flags, len(payload) if size is None else size) + payload


class Driver:
    """A frontend that has come up, unless it is told to wait for start()."""

    def __init__(self, path, packed=False, size=128, memory=4 << 20, without=(), start=True):
        self.packed, self.size, self.without = packed, size, {EVENT_IDX, IN_ORDER, *without}
        self.file = tempfile.TemporaryFile(dir="/dev/shm")  # pylint: disable=consider-using-with
        self.file.truncate(memory)
        self.memory = mmap.mmap(self.file.fileno(), memory)
        self.words = memoryview(self.memory).cast("H")
        self.end = socket.socket(socket.AF_UNIX)
        self.end.connect(path)
        self.end.settimeout(5)
        self.kicks = [os.eventfd(0), os.eventfd(0)]
        self.calls = [os.eventfd(0), os.eventfd(0)]
        self.next = [0, 0]  # where the next buffer goes: index (split), slot (packed)
        self.used = [0, 0]  # where the next one comes back
        self.wraps, self.used_wraps = [1, 1], [1, 1]
        if start:
            self.negotiate()
            self.start()

    # The protocol

    def request(self, number, payload=b"", fds=()):
        data = message(number, payload)
        if fds:
            socket.send_fds(self.end, [data], list(fds))
        else:
            self.end.send(data)

    def reply(self):
        head = self.end.recv(12)
        if len(head) < 12:
            raise ConnectionError("the switch has closed the connection")
        return self.end.recv(struct.unpack("<III", head)[2])

    def negotiate(self):
        """Without protocol features, so that rings are enabled when they are started."""
        self.request(GET_FEATURES)
        offered = struct.unpack("<Q", self.reply())[0]
        features = offered & ~(1 << PROTOCOL)
        for bit in self.without:
            features &= ~(1 << bit)
        if not self.packed:
            features &= ~(1 << PACKED)
        self.request(SET_OWNER)
        self.request(SET_FEATURES, struct.pack("<Q", features))

    def share(self, *regions):
        """Regions of memory: (guest address, bytes, offset in the file); all of it without one."""
        regions = regions or [(BASE, len(self.memory), 0)]
        table = struct.pack("<II", len(regions), 0)
        for address, size, offset in regions:
            table += struct.pack("<QQQQ", address, size, address, offset)
        self.request(SET_MEM_TABLE, table, [self.file.fileno()] * len(regions))

    def start(self, share=True):
        if share:
            self.share()
        for ring in (RX, TX):
            base = self.next[ring] | (self.wraps[ring] << 15 if self.packed else 0)
            area = BASE + ring * RING_BYTES
            self.request(SET_VRING_NUM, struct.pack("<II", ring, self.size))
            self.request(SET_VRING_BASE, struct.pack("<II", ring, base))
            self.request(SET_VRING_ADDR, struct.pack(
                "<IIQQQQ", ring, 0, area, area + DEVICE_AREA, area + DRIVER_AREA, 0))
            self.request(SET_VRING_CALL, struct.pack("<Q", ring), [self.calls[ring]])
            self.request(SET_VRING_KICK, struct.pack("<Q", ring), [self.kicks[ring]])

    def sync(self):
        """Returns when the switch has handled all messages; raises when it has ended this."""
        self.request(GET_FEATURES)
        self.reply()

    def close(self):
        self.end.close()
        self.words.release()
        self.memory.close()
        self.file.close()
        for fd in self.kicks + self.calls:
            os.close(fd)

    # Memory, by offset

    def poke(self, offset, layout, *values):
        struct.pack_into("<" + layout, self.memory, offset, *values)

    def publish(self, offset, value):
        """16 bits as one store, which the device may look for at any time."""
        self.words[offset // 2] = value & 0xffff

    def peek(self, offset, layout):
        values = struct.unpack_from("<" + layout, self.memory, offset)
        return values[0] if len(values) == 1 else values

    def slot(self, ring, number):
        """Offset of the memory for one of a ring's buffers."""
        return SLOTS + (ring * self.size + number) * SLOT

    # Rings

    def desc(self, ring, number):
        return ring * RING_BYTES + 16 * number

    def put_split(self, ring, descs, head=None):
        """A chain from descriptor head on becomes available."""
        head = self.next[ring] % self.size if head is None else head
        for number, desc in enumerate(descs):
            at = (head + number) % self.size
            address, length, flags = desc[:3]
            link = desc[3] if len(desc) > 3 else (at + 1) % self.size
            self.poke(self.desc(ring, at), "QIHH", address, length, flags, link)
        self.available(ring, head)

    def available(self, ring, head, steps=1):
        area = ring * RING_BYTES + DRIVER_AREA
        self.poke(area + 4 + 2 * (self.next[ring] % self.size), "H", head & 0xffff)
        self.next[ring] = (self.next[ring] + steps) & 0xffff
        self.publish(area + 2, self.next[ring])

    def put_packed(self, ring, descs):
        """The first descriptor is made available last."""
        words, first = [], self.next[ring]
        for address, length, flags in (desc[:3] for desc in descs):
            at, wrap = self.next[ring], self.wraps[ring]
            flags |= AVAIL if wrap else USED
            self.poke(self.desc(ring, at), "QI", address, length)
            self.publish(self.desc(ring, at) + 12, first)
            words.append((self.desc(ring, at) + 14, flags))
            self.next[ring] += 1
            if self.next[ring] == self.size:
                self.next[ring] = 0
                self.wraps[ring] ^= 1
        for at, flags in reversed(words):
            self.publish(at, flags)

    def put(self, ring, descs):
        """Makes a buffer of these descriptors available: [(guest address, length, flags)]."""
        if self.packed:
            self.put_packed(ring, descs)
        else:
            self.put_split(ring, descs)
        os.eventfd_write(self.kicks[ring], 1)

    def fill(self, length=SLOT):
        """All of the ring's descriptors become buffers to receive into."""
        for number in range(self.size):
            self.put(RX, [(BASE + self.slot(RX, number), length, WRITE)])

    def send(self, frame, header=bytes(HEADER)):
        offset = self.slot(TX, self.next[TX] % self.size)
        self.memory[offset:offset + HEADER + len(frame)] = header + frame
        self.put(TX, [(BASE + offset, HEADER + len(frame), 0)])

    def reap(self, ring):
        """Buffers that have come back, which have one descriptor each: [(id, length)]."""
        found = []
        if not self.packed:
            area = ring * RING_BYTES + DEVICE_AREA
            while self.peek(area + 2, "H") != self.used[ring]:
                found.append(self.peek(area + 4 + 8 * (self.used[ring] % self.size), "II"))
                self.used[ring] = (self.used[ring] + 1) & 0xffff
            return found
        while True:
            _, length, number, flags = self.peek(self.desc(ring, self.used[ring]), "QIHH")
            wanted = AVAIL | USED if self.used_wraps[ring] else 0
            if flags & (AVAIL | USED) != wanted or len(found) == self.size:
                return found
            found.append((number, length))
            self.used[ring] += 1
            if self.used[ring] == self.size:
                self.used[ring] = 0
                self.used_wraps[ring] ^= 1

    def receive(self):
        """Frames that have come; their buffers are offered again."""
        frames = []
        for number, length in self.reap(RX):
            offset = self.slot(RX, number)
            frames.append(bytes(self.memory[offset + HEADER:offset + length]))
            self.put(RX, [(BASE + offset, SLOT, WRITE)])
        return frames
