#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 180 s
"""
What operators get wrong. Each mistake is refused with a message that names the object, the field
and what is allowed; nothing is half applied; what ran before runs on.

    ns-t1 [t1 10.0.0.1]---+
                          |  segment lan
    ns-t2 [t2 10.0.0.2]---+
"""

import os
import socket
import subprocess

import lab

GOOD = """\
segments:
  - name: lan
portgroups:
  - name: vms
    segment: lan
ports:
  - {name: t1, group: vms, kind: tap, netns: ns-t1}
  - {name: t2, group: vms, kind: tap, netns: ns-t2}
"""

BAD_YAML = {
    "not YAML": ("segments: [", ()),
    "a list at the top": ("- segments\n", ()),
    "an unknown kind of object": (GOOD + "routers:\n  - name: r1\n", ("routers",)),
    "an unknown field": (GOOD.replace("segment: lan", "segment: lan\n    colour: red"), ("colour",)),
    "the same name twice": (GOOD + "  - {name: t1, group: vms}\n", ("t1",)),
    "an unknown port group": (GOOD + "  - {name: x, group: nobody}\n", ("group", "nobody")),
    "an unknown segment": (GOOD.replace("segment: lan", "segment: wan"), ("segment", "wan")),
    "an MTU out of range": (GOOD.replace("segment: lan", "segment: lan\n    mtu: 10000"),
                            ("mtu", "10000", "9216")),
    "a word for a number": (GOOD.replace("name: lan", "name: lan\n    age: soon"),
                            ("age", "soon")),
    "an unknown choice": (GOOD + "  - {name: x, group: vms, kind: pipe}\n", ("kind", "pipe")),
    "a missing field": (GOOD + "  - {name: x}\n", ("group",)),
    "a multicast MAC": (GOOD + "macs:\n  - {segment: lan, mac: '01:00:5e:00:00:01', port: t1}\n",
                        ("mac", "01:00:5e:00:00:01")),
    "a scalar for an object": (GOOD + "  - t3\n", ()),
    "an alias bomb": ("a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\n"
                      "segments: [*c,*c,*c]\n", ()),
}

BAD_COMMANDS = [
    ("port add x group=nobody", ("group", "nobody")),
    ("port add x", ("group",)),
    ("port add t1 group=vms", ("t1", "exists")),
    ("segment add lan", ("lan", "exists")),
    ("segment add 'two words'", ("name",)),
    ("portgroup add g segment=nowhere", ("segment", "nowhere")),
    ("portgroup set vms mtu=67", ("mtu", "67", "68")),
    ("portgroup set vms mtu=9217", ("mtu", "9217", "9216")),
    ("port set t1 mtu=12", ("mtu", "12")),
    ("port set t1 colour=red", ("colour",)),
    ("port set nobody mtu=1500", ("nobody",)),
    ("port del nobody", ("nobody",)),
    ("port add x group=vms queues=99", ("queues", "99", "16")),
    ("port add x group=vms socket=relative.sock", ("socket",)),
    ("port add x group=vms features_off=csum,magic", ("features_off", "magic")),
    ("port add x group=vms socket_perm=999", ("socket_perm",)),
    ("port add x group=vms socket_group=no-such-group", ("socket_group", "no-such-group")),
    ("mac add lan 01:00:5e:00:00:01 port=t1", ("mac",)),
    ("mac add lan 52:54:00:00:00 port=t1", ("mac",)),
    ("segment del lan", ("lan",)),
    ("portgroup del vms", ("vms",)),
]


def refused_files(net, intent):
    path = f"{lab.RUN}/bad.yaml"
    for what, (text, words) in BAD_YAML.items():
        lab.step(f"YAML: {what}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        net.ctl_refused(f"apply -f {path}", *words)
        net.ctl_refused(f"apply --dry-run -f {path}", *words)
        lab.check(net.ctl("export") == intent, f"{what}: the intent has changed")
    net.ctl_refused("apply -f /nowhere.yaml", "/nowhere.yaml")


def refused_commands(net, intent):
    for command, words in BAD_COMMANDS:
        lab.step(f"dvsctl {command}")
        net.ctl_refused(command, *words)
        lab.check(net.ctl("export") == intent, f"{command}: the intent has changed")
    net.ctl_refused("port frobnicate t1", "frobnicate", status=2)
    net.ctl_refused("nonsense", "nonsense", status=2)


def refused_sockets(net, intent):
    lab.step("vhost-user sockets: in use, a file that is no socket, not writable, another port's")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(f"{lab.RUN}/used.sock")
        other.listen()
        net.ctl_refused(f"port add x group=vms socket={lab.RUN}/used.sock", "used.sock")
    with open(f"{lab.RUN}/file.sock", "w", encoding="ascii") as file:
        file.write("precious")
    net.ctl_refused(f"port add x group=vms socket={lab.RUN}/file.sock", "file.sock")
    with open(f"{lab.RUN}/file.sock", encoding="ascii") as file:
        lab.check(file.read() == "precious", "a file was overwritten")
    net.ctl_refused(f"port add x group=vms socket={lab.RUN}/file.sock/x.sock", "file.sock")
    lab.shell(f"mkdir {lab.RUN}/readonly")
    lab.shell(f"mount -t tmpfs -o ro tmpfs {lab.RUN}/readonly")
    net.ctl_refused(f"port add x group=vms socket={lab.RUN}/readonly/x.sock", "readonly")
    net.ctl("port add y group=vms")
    net.ctl_refused(f"port add x group=vms socket={lab.VHOST_DIR}/y.sock", "y.sock")
    net.ctl("port del y")
    lab.check(net.ctl("export") == intent, "the intent has changed")
    lab.check(os.listdir(lab.VHOST_DIR) == [], "sockets are left")


def refused_daemons(net):
    lab.step("a second daemon on the same socket")
    switch = subprocess.run([lab.SWITCHD, "--socket", lab.SWITCH_SOCKET, "--vhost-dir",
                             f"{lab.RUN}/v2"], capture_output=True, text=True, timeout=20,
                            check=False)
    lab.check(switch.returncode == 1 and "switchd.sock" in switch.stderr, f"{switch}")
    control = subprocess.run([lab.CONTROLD, "--socket", lab.CONTROL_SOCKET, "--switch-socket",
                              lab.SWITCH_SOCKET, "--store", f"{lab.RUN}/lib/other.db"],
                             capture_output=True, text=True, timeout=20, check=False)
    lab.check(control.returncode == 1 and "controld.sock" in control.stderr, f"{control}")
    control = subprocess.run([lab.CONTROLD, "--socket", f"{lab.RUN}/c2.sock", "--switch-socket",
                              lab.SWITCH_SOCKET, "--store", lab.STORE],
                             capture_output=True, text=True, timeout=20, check=False)
    lab.check(control.returncode == 1 and "intent.db" in control.stderr, f"{control}")
    net.wait_synced()


def full_disk(net):
    lab.step("a full disk under the store")
    net.control.end()
    lab.shell(f"mkdir {lab.RUN}/small")
    lab.shell(f"mount -t tmpfs -o size=256k tmpfs {lab.RUN}/small")
    lab.shell(["sh", "-c", f"cp {lab.RUN}/lib/* {lab.RUN}/small/"])
    net.start_control(store=f"{lab.RUN}/small/intent.db")
    net.wait_synced()
    intent = net.ctl("export")
    lab.shell(["sh", "-c", f"cat /dev/zero > {lab.RUN}/small/filler"], expect=None)
    failed = None
    for number in range(400):
        before = net.ctl("export")
        status, output = net.dvsctl(f"segment add s{number} description={'x' * 60}")
        if status:
            failed = output
            break
    lab.check(failed, "400 segments fitted on a full disk")
    lab.check("full" in failed or "space" in failed, f"the message does not say why: {failed}")
    lab.check(net.ctl("export") == before, "a change that failed is in the intent")
    net.control.check_running()
    os.unlink(f"{lab.RUN}/small/filler")
    net.ctl("segment add later")
    net.ctl("segment del later")
    lab.check(intent.split("ports:")[1] == net.ctl("export").split("ports:")[1], "ports changed")


def test(net):
    net.start()
    t1 = net.add_netns("ns-t1")
    t2 = net.add_netns("ns-t2")
    with open(f"{lab.RUN}/good.yaml", "w", encoding="ascii") as file:
        file.write(GOOD)
    lab.check("t1" in net.ctl(f"apply --dry-run -f {lab.RUN}/good.yaml"), "dry run shows nothing")
    lab.check(net.rows("port show") == [], "a dry run changed something")
    net.ctl(f"apply -f {lab.RUN}/good.yaml")
    host, other = lab.Tap("t1", t1, "10.0.0.1/24"), lab.Tap("t2", t2, "10.0.0.2/24")
    host.set_up()
    other.set_up()
    host.ping("10.0.0.2")
    intent = net.ctl("export")

    refused_files(net, intent)
    refused_commands(net, intent)
    refused_sockets(net, intent)
    refused_daemons(net)
    host.ping("10.0.0.2")
    full_disk(net)
    host.ping("10.0.0.2")


lab.main(test)
