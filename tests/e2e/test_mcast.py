#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 180 s
"""
IGMP and MLD snooping with the kernel's hosts: members only, leave, expiry, queriers, a restart.

    ns-t1 [t1 10.0.0.1]---+                 +---[t3 10.0.0.3] ns-t3
       sender             |  segment lan    |
    ns-t2 [t2 10.0.0.2]---+  (snoops)       +---[t4]--br0 [10.0.0.4] ns-t4
                                                  a Linux bridge, querier for a while
"""

import subprocess
import sys

import lab

JOIN = """
import ipaddress, socket, struct, sys, time
ifindex = socket.if_nametoindex(sys.argv[1])
group = ipaddress.ip_address(sys.argv[2])
if group.version == 4:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 struct.pack("=4s4si", group.packed, bytes(4), ifindex))
else:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                 struct.pack("=16si", group.packed, ifindex))
sys.stdin.read()
"""

COUNT = """
import socket, struct, sys, select
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
s.bind((sys.argv[1], 0))
print("ready", flush=True)
frames = 0
while True:
    readable = select.select([s, sys.stdin], [], [])[0]
    if s in readable:
        data, address = s.recvfrom(2048)
        frames += address[2] != socket.PACKET_OUTGOING and b"dvs-multicast" in data
    elif sys.stdin in readable:
        break
print(frames, flush=True)
"""

SEND = """
import ipaddress, socket, sys
ifindex = socket.if_nametoindex(sys.argv[1])
group = ipaddress.ip_address(sys.argv[2])
if group.version == 4:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.0.0.1"))
else:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, ifindex)
for n in range(int(sys.argv[3])):
    s.sendto(b"dvs-multicast", (str(group), 5000))
"""

GROUP4, GROUP6 = "239.1.1.1", "ff15::1234"
FRAMES = 20


def python(tap, script, *args, interface=None):
    """A python process in the tap's namespace, with pipes."""
    argv = ["ip", "netns", "exec", tap.netns, sys.executable, "-c", script,
            interface or tap.name, *map(str, args)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def end(process):
    """Closes the input of a process, which ends; what it printed."""
    output = process.communicate(timeout=20)[0]
    lab.check(process.returncode == 0, f"exit status {process.returncode}: {process.args[-3:]}")
    return output


def who_gets(sender, hosts, group, frames=FRAMES):
    """{name: frames} of a stream to the group."""
    counters = {host.name: python(host, COUNT) for host in hosts}
    for process in counters.values():
        lab.check(process.stdout.readline() == "ready\n", "no counter")
    end(python(sender, SEND, group, frames))
    sender.run("sleep 0.3")
    return {name: int(end(process)) for name, process in counters.items()}


def expect(sender, hosts, group, *members, seconds=15):
    """Waits until the members, and nobody else, get all of the group's frames."""
    wanted = {host.name: FRAMES if host.name in members else 0 for host in hosts}
    seen = {}

    def is_so():
        seen.update(who_gets(sender, hosts, group))
        return seen == wanted
    try:
        lab.wait(is_so, seconds, f"{group} to reach {members or 'nobody'} only", interval=0.3)
    except lab.Failure as error:
        raise lab.Failure(f"{error}: {seen}") from error


def groups(net, kind=None):
    return [row for row in net.rows("group show") if kind in (None, row["kind"])]


def is_member(net, port, group):
    return any(row["port"] == port and row["group"] == group for row in groups(net, "dynamic"))


def test(net):
    net.start()
    net.base()
    net.ctl("segment set lan mcast_snooping=true mcast_interval=4 mcast_response=1000 "
            "mcast_last_member=300")
    t1, t2, t3, t4 = (net.tap(f"t{i}", f"10.0.0.{i}/24" if i < 4 else None) for i in range(1, 5))
    hosts = [t2, t3, t4]

    lab.step("without a querier all is flooded")
    first = python(t2, JOIN, GROUP4)
    lab.wait(lambda: is_member(net, "t2", GROUP4), 5, "t2 to be a member")
    expect(t1, hosts, GROUP4, "t2", "t3", "t4")

    lab.step("the switch asks: members only, both families")
    net.ctl("segment set lan mcast_querier=true mcast_querier_ip=10.0.0.100")
    second = python(t3, JOIN, GROUP6)
    expect(t1, hosts, GROUP4, "t2")
    expect(t1, hosts, GROUP6, "t3")
    expect(t1, hosts, "239.9.9.9")
    lab.check(net.drops("t1").get("no_listener", 0) >= FRAMES, "no_listener was not counted")
    queriers = groups(net, "querier")
    lab.check({row["address"] for row in queriers if row["group"] == "224.0.0.0"}
              == {"10.0.0.100"}, f"{queriers}")
    t1.ping("10.0.0.2")  # ARP goes on

    lab.step("they stay members by answering")
    t1.run("sleep 10")
    expect(t1, hosts, GROUP4, "t2")

    lab.step("leave, asked for and fast")
    end(first)
    lab.wait(lambda: not is_member(net, "t2", GROUP4), 3, "t2 to be no member any more")
    expect(t1, hosts, GROUP4)
    net.ctl("port set t2 mcast_fast_leave=true")
    first = python(t2, JOIN, GROUP4)
    expect(t1, hosts, GROUP4, "t2")
    end(first)
    expect(t1, hosts, GROUP4, seconds=3)

    lab.step("a host that vanishes is forgotten in time")
    first = python(t2, JOIN, GROUP4)
    expect(t1, hosts, GROUP4, "t2")
    t2.run("ip link set t2 down")
    first.kill()
    first.wait()
    lab.wait(lambda: not is_member(net, "t2", GROUP4), 12, "the membership to expire")
    t2.run("ip link set t2 up")

    lab.step("static members")
    net.ctl(f"group add lan {GROUP4} t3")
    expect(t1, hosts, GROUP4, "t3")
    net.ctl_refused("group add lan 10.0.0.1 t3", "group", "multicast")
    net.ctl_refused("group add lan 224.0.0.9 t3", "group", "all ports")
    net.ctl_refused(f"group add lan {GROUP4} nobody", "nobody")
    lab.check("static" in net.ctl("group show port=t3"), "group show says nothing of it")
    net.ctl(f"group del lan {GROUP4} t3")
    expect(t1, hosts, GROUP4)

    lab.step("a bridge with a lower address is the querier")
    for command in ("ip link add br0 type bridge mcast_snooping 1 mcast_query_interval 400 "
                    "mcast_query_response_interval 100 mcast_startup_query_interval 100 "
                    "mcast_querier_interval 1000 mcast_query_use_ifaddr 1 mcast_querier 1",
                    "ip link set t4 master br0", "ip address add 10.0.0.4/24 dev br0",
                    "ip link set br0 up"):
        t4.run(command)
    lab.wait(lambda: any(row["port"] == "t4" and row["address"] == "10.0.0.4"
                         for row in groups(net, "querier")), 10, "the bridge to be elected")
    lab.wait(lambda: any(row["port"] == "t4" for row in groups(net, "router")), 5,
             "a router port")
    first = python(t2, JOIN, GROUP4)
    expect(t1, hosts, GROUP4, "t2", "t4")
    net.ctl("port set t4 mcast_router=never")
    expect(t1, hosts, GROUP4, "t2")
    lab.wait(lambda: net.drops("t4").get("mcast_query", 0) > 0, 10, "its queries to be dropped")
    lab.wait(lambda: any(row["port"] == "" for row in groups(net, "querier")), 15,
             "the switch to ask again")
    t4.run("ip link del br0")

    lab.step("a restart: flooded until the answers to the first query are in")
    net.switch.end()
    net.start_switch()
    net.wait_synced()
    for tap in (t1, t2, t3, t4):
        tap.set_up()
    end(first)  # its interface is another one now
    first = python(t2, JOIN, GROUP4)
    expect(t1, hosts, GROUP4, "t2")

    lab.step("live changes lose nothing")
    before = net.drops("t1")
    counter = python(t2, COUNT)
    counter.stdout.readline()
    stream = python(t1, "import time\n" + SEND.replace(
        "5000))", "5000)); time.sleep(0.002)"), GROUP4, 1500)
    for on in ("false", "true", "false", "true"):
        net.ctl(f"segment set lan mcast_snooping={on}")
        t1.run("sleep 0.4")
    end(stream)
    t1.run("sleep 0.3")
    frames = int(end(counter))
    drops = net.drops("t1")
    lab.check(frames == 1500, f"{frames} of 1500 frames arrived; {before} {drops} "
              f"{net.stats()['t1']} {net.stats()['t2']}")
    expect(t1, hosts, GROUP4, "t2")
    net.check_invariant()
    for process in (first, second):
        end(process)


lab.main(test)
