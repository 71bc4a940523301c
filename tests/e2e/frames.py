# SPDX-License-Identifier: BSD-3-Clause
"""
Frames that scapy makes, sent from an interface, and what the switch counts of them.

    send("t1", 'Ether(dst="ff:ff:ff:ff:ff:ff")/Raw(b"x" * 46)', 5, netns="ns-t1")

    bench = Bench(net, tap)                 # "{mac}" in an expression is the tap's MAC
    bench.send('Ether(src="{mac}", dst="ff:ff:ff:ff:ff:ff")/ARP(psrc="10.0.0.7")', 3)
    dropped, audited = bench.counts("arp_unbound")

An expression that is a list is sent in turn. Scapy is loaded in a process of its own, in the
namespace of the interface.
"""

import sys

import lab

SENDER = """
import sys
from scapy.all import *
interface, count, expression = sys.argv[1:]
frames = eval(expression)
if not isinstance(frames, list):
    frames = [frames]
frames = [bytes(frame) for frame in frames]
socket = conf.L2socket(iface=interface)
for n in range(int(count)):
    socket.send(frames[n % len(frames)])
"""

WATCHER = """
import sys
from scapy.all import *
interface, expression = sys.argv[1:]
def show(frame):
    text = eval(expression)
    if text:
        print(text, flush=True)
sniff(iface=interface, store=False, prn=show, started_callback=lambda: print("ready", flush=True))
"""


def send(interface, expression, count=1, netns=None):
    lab.shell([sys.executable, "-c", SENDER, interface, str(count), expression], netns=netns)


class Watcher:
    """Lines that an expression makes of what comes and goes at a tap: `frame` in it is scapy's."""

    def __init__(self, tap, expression):
        self.process = tap.spawn(f"watcher-{tap.name}", [sys.executable, "-c", WATCHER, tap.name,
                                                         expression])
        lab.wait(lambda: self.process.tail().startswith("ready"), 10, "the watcher to be ready")

    def lines(self):
        self.process.check_running()
        return self.process.tail(100000).splitlines()[1:]


class Bench:
    """Frames from one tap, and what is counted at its port."""

    def __init__(self, net, tap):
        self.net, self.tap = net, tap
        self.mac = tap.mac()

    def row(self, reason):
        rows = [row for row in self.net.rows(f"drops {self.tap.name}") if row["reason"] == reason]
        return rows[0] if rows else {"frames": 0, "audited": 0, "last_frame": None}

    def counts(self, reason):
        """(dropped, audited)"""
        row = self.row(reason)
        return row["frames"], row["audited"]

    def send(self, expression, count=1):
        """Returns when the switch has received them."""
        before = self.net.stats()[self.tap.name]["rx_frames"]
        send(self.tap.name, expression.replace("{mac}", self.mac), count, self.tap.netns)
        lab.wait(lambda: self.net.stats()[self.tap.name]["rx_frames"] >= before + count, 5,
                 f"{count} frames behind the first {before} of {self.tap.name}")

    def check(self, expression, count, reason, wanted, what=""):
        """Sends; (dropped, audited) for the reason must grow so."""
        before, seen = self.counts(reason), None

        def grown():
            nonlocal seen
            seen = tuple(now - old for now, old in zip(self.counts(reason), before))
            return seen == wanted
        self.send(expression, count)
        try:
            lab.wait(grown, 1, reason)
        except lab.Failure as error:
            raise lab.Failure(f"{what}: {reason}: dropped, audited: {seen}, wanted {wanted}") \
                from error

    def check_modes(self, policy, reason, expression, options=""):
        """Nothing, then counted, then dropped; the policy is inherited afterwards."""
        lab.step(f"{policy}: {reason}")
        for mode, wanted in (("off", (0, 0)), ("audit", (0, 3)), ("enforce", (3, 0))):
            self.net.ctl(f"port set {self.tap.name} {policy}={mode} {options}")
            self.check(expression, 3, reason, wanted, f"{policy}={mode}")
        self.net.ctl(f"port set {self.tap.name} {policy}=")
