# SPDX-License-Identifier: BSD-3-Clause
"""Loads through a port whose rate is limited (scenario.limit), and how well the limit was kept.

Overload: dvs-gen at OVERLOAD times the limit; nothing that it sees slows it down.

Tcp: iperf3 from one real guest to another.

Both tell what came through in each window of 100 ms: (bits, frames) a second, of frames without
checksum. How much of that a limit is about is the device's business (Device.uncounted).
"""

import contextlib
import os
import re
import shutil
import statistics

from guest import Guest, GuestError

from .load import LATE, Paced, mac
from .process import RUN, BenchError

WINDOW_SECONDS = 0.1
UNSETTLED_SECONDS = 1  # of a load: bursts and slow start are shown, but are no errors
OVERLOAD = 2
IDLE = 0.1             # guests whose CPU is idle for less than this are the limit themselves
FCS = 4
TCP_FRAME = 1514
TCP_PAYLOAD = TCP_FRAME - 14 - 20 - 32  # with time stamps


def judge(windows, scenario, device):
    """What a sample has to say of these windows; errors are in % of the limit."""
    rates = [bits - 8 * device.uncounted * frames for bits, frames in windows]
    settled = rates[round(UNSETTLED_SECONDS / WINDOW_SECONDS):]
    if len(settled) < 2:
        raise BenchError(f"only {len(rates)} windows: --seconds has to be more")
    errors = [100 * (rate / scenario.limit - 1) for rate in settled]
    return {"mbps": statistics.fmean(settled) / 1e6, "error": statistics.fmean(errors),
            "median_error": statistics.median(map(abs, errors)),
            "worst": max(map(abs, errors)),
            "within": sum(abs(error) <= 1 for error in errors) / len(errors), "first": rates[0] / scenario.limit,
            "windows_mbps": [round(rate / 1e6, 6) for rate in rates]}


class Overload(Paced):
    """From the first port to the second."""

    interval_seconds = WINDOW_SECONDS

    def start(self, scenario, sockets, listens):
        super().start(scenario, sockets, listens)
        self.argv.append("--one-way")
        self.pps = OVERLOAD * scenario.limit / 8 / scenario.size

    def measure(self, seconds):
        seconds += UNSETTLED_SECONDS
        *lines, result = self._generate(f"{self.pps:.0f}pps", seconds)
        windows = [(line["rx_bps"] - 8 * FCS * line["rx_pps"], line["rx_pps"]) for line in lines
                   if line["type"] == "interval" and line["seconds"] <= seconds]
        # That it could not send what the switch left with it is not the generator's fault.
        return {"mpps": result["rx_pps"] / 1e6, "windows": windows, "is_generator_bound": False,
                "lost_frames": result["lost_frames"],
                "is_late": result["unsent_late"] / max(1, result["offered_frames"]) > LATE}


class Tcp:
    """Both guests are on the load's CPU; what they measure is by their clocks."""

    has_guests = True
    max_ports = 2
    LINE = re.compile(r"^\[ *\d+\] +([\d.]+)-([\d.]+) +sec .* ([\d.]+) Kbits/sec", re.MULTILINE)

    def __init__(self, place):
        self.place = place
        self.guests = []

    def start(self, scenario, sockets, listens):
        shutil.rmtree(f"{RUN}/guests", ignore_errors=True)
        self.guests = [Guest(f"g{i}", f"{RUN}/guests", socket=path, mac=mac(i), mtu=1500,
                             vhost_server=listens, address=f"198.18.0.{i + 1}/24")
                       for i, path in enumerate(sockets)]
        with self._errors():
            before = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {self.place.load_cpu})
            try:
                for guest in self.guests:
                    guest.launch()
            finally:
                os.sched_setaffinity(0, before)
            for guest in self.guests:
                guest.wait_ready()
            self.guests[0].check("ping -c 3 -i 0.2 -W 2 198.18.0.2", 20)

    @staticmethod
    @contextlib.contextmanager
    def _errors():
        try:
            yield
        except GuestError as error:
            raise BenchError(str(error)) from error

    def pid(self):
        return None

    def _cpu_ticks(self):
        """(idle, all) of the load's CPU."""
        with open("/proc/stat", encoding="ascii") as file:
            ticks = next(list(map(int, line.split()[1:9])) for line in file
                         if line.startswith(f"cpu{self.place.load_cpu} "))
        return ticks[3] + ticks[4], sum(ticks)

    def measure(self, seconds):
        seconds = round(seconds + UNSETTLED_SECONDS)
        client, server = self.guests
        with self._errors():
            server.check("rm -f /tmp/iperf")
            server.check(f"iperf3 -s -1 -i {WINDOW_SECONDS} -f k --forceflush >/tmp/iperf 2>&1 &")
            server.check("until grep -q listening /tmp/iperf; do sleep 0.1; done", 20)
            idle, ticks = self._cpu_ticks()
            client.check(f"iperf3 -c 198.18.0.2 -t {seconds} -i 0", seconds + 60)
            idle_now, ticks_now = self._cpu_ticks()
            text = server.check("cat /tmp/iperf", 30)
        lines = [tuple(map(float, line)) for line in self.LINE.findall(text)]
        # The last line is of the whole time.
        frames = [1000 * kbits / 8 / TCP_PAYLOAD for begin, end, kbits in lines
                  if 0.5 < (end - begin) / WINDOW_SECONDS < 1.5 and end <= seconds]
        return {"mpps": statistics.fmean(frames) / 1e6 if frames else 0.0,
                "windows": [(8 * TCP_FRAME * rate, rate) for rate in frames],
                "is_generator_bound": idle_now - idle < IDLE * (ticks_now - ticks)}

    def stop(self):
        for guest in self.guests:
            guest.stop()
