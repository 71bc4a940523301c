#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
Guards of source MACs, storms and messages between bridges, each off, audited and enforced, changed
live while a stream runs between two other ports, of which nothing may be lost; then the switch and
the control daemon are killed, and all of it holds on.

    ns-t1 [t1, scapy]---------+
                              |
    ns-t2 [t2 10.0.0.2]-------+  segment lan
      (stream to t3)          |
    ns-t3 [t3 10.0.0.3]-------+
                              |
    ns-t4 [t4, counters]------+
"""

import signal

import lab
from frames import send
from stream import Stream

OWN = "52:54:00:00:00:01"
BROADCAST = f'Ether(src="{OWN}", dst="ff:ff:ff:ff:ff:ff", type=0x88b5)/Raw(b"x" * 46)'
FORGED_MAC = "52:54:00:00:00:99"
FORGED = f'Ether(src="{FORGED_MAC}", dst="ff:ff:ff:ff:ff:ff", type=0x88b5)/Raw(b"x" * 46)'
TO_FORGED = (f'Ether(src="52:54:00:00:00:04", dst="{FORGED_MAC}", type=0x88b5)'
             '/Raw(b"x" * 46)')
ARP = (f'Ether(src="{FORGED_MAC}", dst="ff:ff:ff:ff:ff:ff")/ARP(hwsrc="{OWN}", '
       'psrc="10.0.0.9", pdst="10.0.0.1")')
BROADCAST_2 = ('Ether(src="52:54:00:00:00:02", dst="ff:ff:ff:ff:ff:ff", type=0x88b5)'
               '/Raw(b"x" * 46)')
MANY = ('[Ether(src="52:54:00:00:01:%02x" % n, dst="ff:ff:ff:ff:ff:ff", type=0x88b5)'
        '/Raw(b"x" * 46) for n in range(20)]')
MULTICAST = f'Ether(src="{OWN}", dst="01:00:5e:7f:00:01", type=0x88b5)/Raw(b"x" * 46)'
UNKNOWN = f'Ether(src="{OWN}", dst="52:54:00:00:77:77", type=0x88b5)/Raw(b"x" * 46)'
BPDU = f'Dot3(src="{OWN}", dst="01:80:c2:00:00:00")/LLC()/STP()'
LLDP = f'Ether(src="{OWN}", dst="01:80:c2:00:00:0e", type=0x88cc)/Raw(b"x" * 46)'


class Bench:
    """Frames from t1, and who counts them."""

    def __init__(self, net):
        self.net = net

    def row(self, reason):
        rows = [row for row in self.net.rows("drops t1") if row["reason"] == reason]
        return rows[0] if rows else {"frames": 0, "audited": 0, "last_frame": None}

    def send(self, expression, count, port="t1"):
        send(port, expression, count, netns=f"ns-{port}")

    def offer(self, expression, count, reason):
        """Sends; returns how many were delivered, dropped and audited for the reason."""
        before, row = self.net.stats()["t1"], self.row(reason)
        self.send(expression, count)
        lab.wait(lambda: self.net.stats()["t1"]["rx_frames"] - before["rx_frames"] >= count, 5,
                 "the frames to be counted")
        after, now = self.net.stats()["t1"], self.row(reason)
        return (after["delivered"] - before["delivered"], now["frames"] - row["frames"],
                now["audited"] - row["audited"])


def check_modes(bench, field, reason, frame, good=None):
    """A policy that objects to each of these frames, and to none of the good ones."""
    net = bench.net
    lab.step(f"{field}: off, audit, enforce")
    for mode, wanted in (("off", (5, 0, 0)), ("audit", (5, 0, 5)), ("enforce", (0, 5, 0))):
        net.ctl(f"portgroup set vms {field}={mode}")
        seen = bench.offer(frame, 5, reason)
        lab.check(seen == wanted, f"{field}={mode}: delivered, dropped, audited: {seen}")
        if good and mode == "enforce":
            seen = bench.offer(good, 5, reason)
            lab.check(seen == (5, 0, 0), f"{field}={mode}: good frames: {seen}")
    lab.step(f"{field}: a port overrides its group")
    net.ctl(f"port set t1 {field}=audit")
    shown = net.json("port show t1")["ports"][0]
    lab.check(shown["effective"][field] == "audit" and shown["source"][field] == "port" and
              net.json("port show t2")["ports"][0]["source"][field] == "group vms",
              f"{shown['effective']} {shown['source']}")
    seen = bench.offer(frame, 5, reason)
    lab.check(seen == (5, 0, 5), f"{field}, overridden: {seen}")
    net.ctl(f"port set t1 {field}=")
    net.ctl(f"portgroup set vms {field}=")


def check_storm(bench, field, frame):
    """A burst of 100 ms of the rate passes, then the rate."""
    net = bench.net
    lab.step(f"{field}: off, audit, enforce")
    net.ctl(f"portgroup set vms {field}=50pps storm_mode=off")
    seen = bench.offer(frame, 60, field)
    lab.check(seen == (60, 0, 0), f"{field}, off: {seen}")
    net.ctl("portgroup set vms storm_mode=audit")
    delivered, dropped, audited = bench.offer(frame, 60, field)
    lab.check((delivered, dropped) == (60, 0) and audited > 20, f"{field}: {audited} audited")
    net.ctl("portgroup set vms storm_mode=enforce")
    delivered, dropped, audited = bench.offer(frame, 60, field)
    lab.check(delivered + dropped == 60 and dropped > 20 and delivered >= 1 and audited == 0,
              f"{field}: {delivered} delivered, {dropped} dropped")
    net.ctl(f"portgroup set vms {field}= storm_mode=")


def check_sources(bench):
    net = bench.net
    net.ctl(f"port set t1 mac={OWN}")
    check_modes(bench, "forged_transmit", "forged_source", FORGED, BROADCAST)
    lab.step("the last frame is shown as a line")
    net.ctl("port set t1 forged_transmit=enforce")
    lab.wait(lambda: bench.offer(ARP, 1, "forged_source")[1] == 1 and
             "who-has 10.0.0.1 tell 10.0.0.9" in bench.row("forged_source")["last_frame"], 5,
             "the last frame", interval=1)
    lab.check("52:54:00:00:00:99 > ff:ff:ff:ff:ff:ff ARP who-has" in net.ctl("drops t1"),
              net.ctl("drops t1"))
    lab.check("ARP who-has" in net.ctl("port show t1"), net.ctl("port show t1"))
    lab.check("frames/s" in net.ctl("drops t1 --watch 0.2 --count 1").lower() or
              "frames (/s)" in net.ctl("drops t1 --watch 0.2 --count 1").lower(),
              net.ctl("drops t1 --watch 0.2 --count 1"))
    net.ctl("port set t1 forged_transmit=")

    check_mac_change(bench)
    net.ctl("port set t1 mac=")


def check_mac_change(bench):
    """A NIC with another MAC than the port's: does unicast reach it?"""
    net = bench.net

    def offer(mode):
        """Frames counted as changed, whether the MAC is learnt, and unicast that came for it."""
        net.ctl("mac flush port=t1")
        net.ctl(f"port set t1 mac_change={mode}")
        _, dropped, audited = bench.offer(FORGED, 5, "mac_changed")
        lab.check(dropped == 0, f"mac_change={mode}: {dropped} dropped")
        lab.time.sleep(0.2)
        is_learnt = net.macs().get(FORGED_MAC) == "t1"
        before, sent = net.stats()["t1"]["tx_frames"], net.stats()["t4"]["rx_frames"]
        bench.send(TO_FORGED, 50, port="t4")
        lab.wait(lambda: net.stats()["t4"]["rx_frames"] - sent >= 50, 5, "the frames of t4")
        return audited, is_learnt, net.stats()["t1"]["tx_frames"] - before

    for mode, counted in (("off", 0), ("audit", 5), ("enforce", 5)):
        lab.step(f"mac_change={mode}: unicast comes "
                 f"{'for the own MAC only' if mode == 'enforce' else 'for any MAC'}")
        audited, is_learnt, received = offer(mode)
        lab.check(audited == counted, f"mac_change={mode}: {audited} audited")
        lab.check(is_learnt == (mode != "enforce"), f"mac_change={mode}: {net.macs()}")
        # A few others are broadcasts of the hosts.
        lab.check(received < 20 if mode == "enforce" else received >= 50,
                  f"mac_change={mode}: {received} of 50 frames came")
    lab.step("mac_change: what was learnt before goes when it is enforced")
    net.ctl("port set t1 mac_change=audit")
    bench.send(FORGED, 2)
    lab.wait(lambda: net.macs().get(FORGED_MAC) == "t1", 3, "the MAC to be learnt")
    net.ctl("port set t1 mac_change=enforce")
    lab.check(FORGED_MAC not in net.macs(), f"{net.macs()}")
    net.ctl("port set t1 mac_change=")


def check_limits(bench):
    net = bench.net
    for action, wanted in (("drop", (5, 15, 0)), ("flood", (20, 0, 15)), ("audit", (20, 0, 15))):
        lab.step(f"mac_limit_action={action}")
        net.ctl("mac flush port=t1")
        net.ctl(f"port set t1 mac_limit=5 mac_limit_action={action}")
        seen = bench.offer(MANY, 20, "mac_limit")
        lab.check(seen == wanted, f"{action}: delivered, dropped, audited: {seen}")
        learnt = sum(port == "t1" for port in net.macs().values())
        lab.check(learnt == (20 if action == "audit" else 5), f"{action}: {learnt} learnt")
    lab.step("mac_limit_action=shutdown")
    net.ctl("port set t1 mac_limit_action=shutdown")
    net.ctl("mac flush port=t1")
    bench.send(MANY, 20)
    lab.wait(lambda: net.link("t1") == "down", 3, "the port to be shut")
    lab.check("more than 5 MACs" in net.states()["t1"]["error"], f"{net.states()['t1']}")
    net.ctl("mac flush port=t1")
    lab.wait(lambda: net.link("t1") == "up", 3, "the port to be up again")
    net.ctl("port set t1 mac_limit= mac_limit_action=")

    lab.step("sticky MACs stay, and their duplicates are listed")
    net.ctl("port set t1 mac_sticky=true")
    bench.send(BROADCAST, 1)
    lab.wait(lambda: net.macs().get(OWN) == "t1", 3, "the MAC to be learnt")
    lab.check("sticky" in net.ctl(f"mac show mac={OWN}"), net.ctl("mac show"))
    bench.send(BROADCAST, 1, port="t4")
    lab.wait(lambda: net.rows("mac duplicates"), 3, "the duplicate")
    row = net.rows("mac duplicates")[0]
    lab.check((row["mac"], row["port"], row["other_port"]) == (OWN, "t1", "t4"), f"{row}")
    lab.check(net.macs()[OWN] == "t1", f"{net.macs()}")
    lab.wait(lambda: "is active on two ports: port t1 and port t4" in net.control.tail(20000), 3,
             "dvs-controld to say so")
    net.ctl("port set t1 mac_sticky=")

    lab.step("a MAC that flaps is held")
    net.ctl("segment set lan flap_moves=4 flap_hold=60")
    for _ in range(4):
        for port in ("t1", "t4"):
            bench.send(FORGED, 1, port=port)
    lab.wait(lambda: any(row["held"] > 0 for row in net.rows("mac duplicates")), 5, "the hold")
    net.ctl("segment set lan flap_moves= flap_hold=")


def check_promiscuous(bench, watcher):
    lab.step("a promiscuous port gets the unicast of others")

    def seen():
        return int(watcher.run(f"cat /sys/class/net/{watcher.name}/statistics/rx_packets"))
    before = seen()
    lab.wait(lambda: bench.net.stats()["t3"]["tx_frames"] > 0, 3, "the stream")
    bench.net.ctl("port set t4 promiscuous=true")
    lab.wait(lambda: seen() - before > 50, 5, "frames of the stream at t4")
    bench.net.ctl("port set t4 promiscuous=")
    lab.wait(lambda: not grows(seen), 3, "t4 to get no more of them")


def grows(function):
    before = function()
    lab.time.sleep(0.2)
    return function() - before > 3


def check_restarts(bench):
    net = bench.net
    lab.step("the switch is killed; the policies are back with it")
    net.ctl("portgroup set vms forged_transmit=enforce storm_broadcast=50pps bpdu_filter=enforce")
    net.ctl(f"port set t1 mac={OWN}")
    restart(net)
    tap_up(net, "t1")
    # The kernel has frames of its own as t1 comes up, from another MAC.
    delivered, dropped, audited = bench.offer(FORGED, 5, "forged_source")
    lab.check(delivered == audited == 0 and dropped >= 5, f"after the switch: {dropped} dropped")
    before = bench.row("forged_source")["frames"]
    lab.step("the control daemon is killed; the switch goes on, and takes its changes again")
    net.control.end(signal.SIGKILL)
    bench.send(FORGED, 5)
    net.start_control()
    net.wait_synced()
    lab.check(bench.row("forged_source")["frames"] >= before + 5, f"{bench.row('forged_source')}")
    _, dropped, _ = bench.offer(BROADCAST, 60, "storm_broadcast")
    lab.check(dropped > 20, f"after the control daemon: {dropped} dropped")
    seen = bench.offer(BPDU, 5, "bpdu")
    lab.check(seen == (0, 5, 0), f"after the control daemon: {seen}")


def check_kept(bench):
    """What the switch has learnt by itself of ports' MACs is not lost with it."""
    net = bench.net
    lab.step("sticky MACs, first sources and shut ports outlive the switch")
    net.ctl("port set t1 mac_sticky=true")
    net.ctl("port set t2 mac= forged_transmit=enforce")
    net.ctl("port set t3 mac= mac_limit=2 mac_limit_action=shutdown")
    for port in ("t1", "t2", "t3", "t4"):
        net.ctl(f"mac flush port={port}")
    bench.send(BROADCAST, 1)
    bench.send(BROADCAST_2, 1, port="t2")
    bench.send(MANY, 5, port="t3")
    lab.wait(lambda: net.macs().get(OWN) == "t1" and first_of(net, "t2") and
             net.link("t3") == "down", 3, "all of it to happen")
    first = first_of(net, "t2")
    lab.time.sleep(2.5)  # it is written at most once a second

    restart(net)
    lab.check(net.macs().get(OWN) == "t1", f"after the switch: {net.macs()}")
    lab.check("sticky" in net.ctl(f"mac show mac={OWN}"), net.ctl("mac show"))
    lab.check(first_of(net, "t2") == first, f"t2 had {first}, has {first_of(net, 't2')}")
    lab.check("more than 2 MACs" in net.ctl("port show t3"), net.ctl("port show t3"))

    lab.step("a thief of a sticky MAC is refused")
    tap_up(net, "t4")
    offer_from(bench, "t4", BROADCAST, 3)
    lab.wait(lambda: net.rows("mac duplicates"), 3, "the duplicate")
    lab.check(net.macs().get(OWN) == "t1", f"{net.macs()}")

    lab.step("the first source is the port's still")
    tap_up(net, "t2")
    other = FORGED if first != FORGED_MAC else BROADCAST
    offer_from(bench, "t2", other, 5)
    rows = [row for row in net.rows("drops t2") if row["reason"] == "forged_source"]
    lab.check(rows and rows[0]["frames"] >= 5, f"{rows}")

    lab.step("the shut port is down until it is flushed")
    lab.shell("ip link set t3 up", netns="ns-t3")
    lab.time.sleep(0.5)
    lab.check(net.link("t3") == "down", f"{net.states()['t3']}")
    net.ctl("mac flush port=t3")
    lab.wait(lambda: net.link("t3") == "up", 3, "t3 to be up")
    lab.check("more than" not in net.ctl("port show t3"), net.ctl("port show t3"))

    lab.step("a damaged file is refused with a line in the log, and the switch starts")
    with open(f"{lab.STATE_DIR}/macs", "r+b") as kept:
        kept.truncate(40)
    restart(net)
    lines = [line for line in net.switch.tail(20000).splitlines() if " are lost: " in line]
    lab.check(len(lines) == 1 and "/macs: " in lines[0], f"{lines}")
    lab.check(OWN not in net.macs(), f"{net.macs()}")
    net.ctl("port set t1 mac_sticky=")
    net.ctl("port set t2 forged_transmit=")
    net.ctl("port set t3 mac_limit= mac_limit_action=")
    for name in ("t1", "t2", "t3", "t4"):
        tap_up(net, name)


def first_of(net, port):
    """The MAC that guards hold the port to; None: none yet."""
    mac = net.states()[port]["mac"]
    return mac if mac and mac != "00:00:00:00:00:00" else None


def offer_from(bench, port, expression, count):
    before = bench.net.stats()[port]["rx_frames"]
    bench.send(expression, count, port=port)
    lab.wait(lambda: bench.net.stats()[port]["rx_frames"] - before >= count, 5,
             f"the frames of {port}")


def restart(net):
    net.switch.end(signal.SIGKILL)
    net.start_switch()
    net.wait_synced()


def tap_up(net, name):
    """The interface is made anew by the new switch."""
    def is_there():
        return name in lab.shell("ip -br link", netns=f"ns-{name}")
    lab.wait(is_there, 5, name)
    lab.shell(f"sysctl -qw net.ipv6.conf.{name}.disable_ipv6=1", netns=f"ns-{name}")
    lab.shell(f"ip link set {name} up", netns=f"ns-{name}")
    lab.wait(lambda: net.link(name) == "up", 5, f"{name} to be up")


def test(net):
    net.start()
    net.base()
    taps = {}
    for number in (1, 2, 3, 4):
        name = f"t{number}"
        taps[name] = net.tap(name, f"10.0.0.{number}/24" if number in (2, 3) else None)
        taps[name].run(f"sysctl -qw net.ipv6.conf.{name}.disable_ipv6=1")
    for name in ("t2", "t3"):
        net.ctl(f"port set {name} mac={taps[name].mac()}")
    bench = Bench(net)
    stream = Stream(taps["t2"], taps["t3"])
    net.ctl("segment set lan forward_reserved=true")
    check_sources(bench)
    for field, frame in (("storm_broadcast", BROADCAST), ("storm_multicast", MULTICAST),
                         ("storm_unknown", UNKNOWN)):
        check_storm(bench, field, frame)
    check_modes(bench, "bpdu_filter", "bpdu", BPDU, LLDP)
    check_modes(bench, "lldp_filter", "lldp", LLDP, BPDU)
    check_limits(bench)
    check_promiscuous(bench, taps["t4"])
    sent, received = stream.end()
    lab.check(sent == received, f"the stream lost {sent - received} of {sent}")
    net.check_invariant()
    check_kept(bench)
    net.check_invariant()
    check_restarts(bench)
    net.check_invariant()


lab.main(test)
