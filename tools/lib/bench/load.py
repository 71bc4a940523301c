# SPDX-License-Identifier: BSD-3-Clause
"""What sends and receives. Load is started for each sample and measured over a time.

ClosedLoop: testpmd with virtio-user ports. A fixed number of frames goes round between neighbouring
ports, so that the rate finds its own level; whichever side is slower has the frames in its queue.

RingLoad: tests/bench/ringload, the same without DPDK: hundreds of ports, a million addresses, TSO,
and less work for the generator, but split rings only.

Paced: dvs-gen at a part of the highest rate that gets through, for latency. The host of a virtual
machine takes a CPU away for milliseconds, several times a second, and a p99 of the whole time would
only tell of that: p50 to p99 are medians of those of intervals. p99.9 and the largest are of all.

Silence: ports that are connected, and send nothing.
"""

import json
import os
import re
import signal
import statistics
import struct
import time

from .process import RUN, BenchError, Process, run, wait
from .testpmd import BURST, Testpmd

FULL = 0.9      # a generator that finds its rings so full sees no end of frames: it is the limit
LOOK_SECONDS = 0.3
INTERVAL_SECONDS = 0.05
LATE = 1e-3     # of the frames: a generator that sends so many too late was disturbed


def mac(port):
    return f"52:54:00:00:{port >> 8:02x}:{port & 255:02x}"


class ClosedLoop:
    """Frames that go round for ever between ports of testpmd."""

    has_guests = False
    max_ports = 32  # RTE_MAX_ETHPORTS of Debian's DPDK

    def __init__(self, place):
        self.place = place
        self.pmd = None

    def start(self, scenario, sockets, listens):
        """All ports are connected, all addresses are learnt, and frames go round."""
        options = [f"--total-num-mbufs={max(16384, 3072 * scenario.ports)}",
                   f"--rxd={scenario.ring}", f"--txd={scenario.ring}"]
        options += [f"--eth-peer={i},{mac(i ^ 1)}" for i in range(scenario.ports)]
        devices = [f"net_virtio_user{i},path={path},mac={mac(i)},queue_size={scenario.ring},"
                   f"packed_vq={int(scenario.is_packed)},server={int(listens)}"
                   for i, path in enumerate(sockets)]
        self.pmd = Testpmd("generator", self.place.load_cpu, self.place.control_cpus, devices,
                           self.place.load_mb, options)
        self.pmd.command(f"set txpkts {scenario.size}")
        self._teach()
        # A quarter of the ring in flight each way: never an overflow, always enough for bursts.
        text = self.pmd.command(f"start tx_first {max(1, scenario.ring // 4 // BURST)}")
        if "Not all ports were started" in text:
            raise BenchError(f"the generator's ports do not start: {self.pmd.process.tail()}")
        before = self.pmd.counters()[0]
        wait(lambda: self.pmd.counters()[0] - before > 1000, 10, "frames to go round", 0.1)

    def _teach(self):
        """Every port sends, so that its address is known; what was flooded is thrown away."""
        for mode, seconds in (("txonly", 0.05), ("rxonly", 0.3)):
            self.pmd.command(f"set fwd {mode}")
            self.pmd.command("start")
            time.sleep(seconds)
            self.pmd.command("stop")
        self.pmd.command("set fwd io")

    def pid(self):
        return self.pmd.process.pid

    def measure(self, seconds):
        """What came back in this time: {"mpps", "gbps"}."""
        frames, size, then = self.pmd.counters()
        time.sleep(seconds)
        frames_now, size_now, now = self.pmd.counters()
        return {"mpps": (frames_now - frames) * 1e3 / (now - then),
                "gbps": (size_now - size) * 8 / (now - then)}

    def fill(self):
        """Of the frames that the generator's polls could take, the share that was there. Apart from
        the measured time, as looking costs."""
        self.pmd.command("set record-burst-stats on")
        self.pmd.command("clear fwd stats all")
        time.sleep(LOOK_SECONDS)
        text = self.pmd.command("show fwd stats all")
        self.pmd.command("set record-burst-stats off")
        polls = sum(map(int, re.findall(r"RX-bursts : (\d+)", text)))
        frames = re.findall(r"RX-packets: (\d+)", text)[:-1]  # the last one is the sum
        return sum(map(int, frames)) / (polls * BURST) if polls else 0.0

    def stop(self):
        if self.pmd:
            self.pmd.end()


class RingLoad:
    """Frames that go round between ports whose driver is ours."""

    has_guests = False
    max_ports = 256
    COUNTERS = struct.Struct("=6Q")  # struct counters of ringload.c

    def __init__(self, place):
        self.place = place
        self.process = None
        self.file = f"{RUN}/ringload.counters"

    def start(self, scenario, sockets, listens):
        if os.path.exists(self.file):
            os.unlink(self.file)
        argv = [f"{self.place.build}/tests/bench/ringload", "--cpu", str(self.place.load_cpu),
                "--counters", self.file, "--ring", str(scenario.ring),
                "--size", str(scenario.size), "--macs", str(scenario.macs // scenario.ports),
                "--buffer", str(scenario.buffer)]
        if listens:
            argv.append("--listen")
        if scenario.is_tso:
            argv += ["--tso", "--window", "16"]
        self.process = Process("ringload", argv + sockets)

        def goes_round():
            self.process.check_running()
            return os.path.exists(self.file) and self._read()[0] > 1000
        try:
            wait(goes_round, 30 + scenario.ports / 2, "frames to go round")
        except BenchError as error:
            raise BenchError(f"{error}: {self.process.tail()}") from error
        # It begins with few frames, until addresses are known.
        time.sleep(0.5)

    def _read(self):
        with open(self.file, "rb") as file:
            return self.COUNTERS.unpack(file.read(self.COUNTERS.size))

    def pid(self):
        return self.process.pid

    def measure(self, seconds):
        before, then = self._read(), time.monotonic_ns()
        time.sleep(seconds)
        after, now = self._read(), time.monotonic_ns()
        frames, size, polls, found, foreign, lost = (b - a for a, b in zip(before, after))
        return {"mpps": frames * 1e3 / (now - then), "gbps": size * 8 / (now - then),
                "fill": found / (polls * BURST) if polls else 0.0,
                "foreign": foreign, "lost_frames": lost}

    def stop(self):
        if self.process:
            self.process.end()


class Silence(RingLoad):
    """Connected ports: frames went round, and none does any more."""

    def start(self, scenario, sockets, listens):
        super().start(scenario, sockets, listens)
        os.kill(self.process.pid, signal.SIGSTOP)
        time.sleep(1)

    def measure(self, seconds):
        time.sleep(seconds)
        return {"mpps": 0.0, "fill": 0.0}

    def stop(self):
        if self.process:
            os.kill(self.process.pid, signal.SIGCONT)
        super().stop()


class Paced:
    """dvs-gen: scenario.share of the rate that gets through at most, or scenario.pps."""

    has_guests = False
    max_ports = 32  # RTE_MAX_ETHPORTS of Debian's DPDK
    interval_seconds = INTERVAL_SECONDS

    def __init__(self, place):
        self.place = place
        self.argv = []
        self.pps = 0.0

    def start(self, scenario, sockets, listens):
        self.argv = [f"{self.place.build}/tools/dvs-gen/dvs-gen", "run", "--json", "--interval",
                     str(self.interval_seconds), "--cpus", f"{self.place.load_cpu},",
                     "--memory", "hugepages",
                     "--size", str(scenario.size + 4), "--descriptors", str(scenario.ring),
                     "--macs", str(scenario.macs // scenario.ports)]
        for path in sockets:
            self.argv += ["--port", f"virtio-user:{path},packed_vq={int(scenario.is_packed)},"
                                    f"server={int(listens)}"]
        # Rates are of one port.
        self.pps = scenario.pps
        if scenario.share:
            self.pps = scenario.share * self._generate("max", 1)[-1]["rx_pps"] / scenario.ports

    def _generate(self, rate, seconds):
        """The live lines, and last the result."""
        text = run([*self.argv, "--rate", rate, "--time", f"{seconds:g}"], seconds=seconds + 60)
        return [json.loads(line) for line in text.strip().splitlines()]

    def pid(self):
        return None

    def measure(self, seconds):
        *lines, result = self._generate(f"{self.pps:.0f}pps", seconds)
        lines = [line["latency_us"] for line in lines if "latency_us" in line]
        latency = dict(result["latency_us"])
        for key in ("p50", "p90", "p99") if lines else ():
            latency[key] = statistics.median(line[key] for line in lines)
        offered = max(1, result["offered_frames"])
        return {"mpps": result["rx_pps"] / 1e6, "gbps": result["rx_bps"] / 1e9,
                **{key: latency[key] for key in ("p50", "p90", "p99", "p999", "max")},
                "lost_frames": result["lost_frames"],
                "is_generator_bound": result["generator_bound"],
                "is_late": result["unsent_late"] / offered > LATE}

    def stop(self):
        """It has ended by itself."""
