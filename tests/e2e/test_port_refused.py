#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 60 s
"""
A change of a port that is refused leaves the port and its driver alone.

    testpmd port 0 --- a.sock ---+
                                 |  segment lan
    testpmd port 1 --- b.sock ---+
    tap t                     ---+
"""

import os

import lab
from frontend import Testpmd

REFUSED = (
    ("socket_owner=no-such-user", "socket_owner", "no-such-user"),
    ("socket_group=no-such-group", "socket_group", "no-such-group"),
    ("socket=/etc/passwd", "socket", "not a socket"),
    ("socket=/etc/passwd/a.sock", "socket", "/etc/passwd"),
    (f"socket={lab.RUN}/other.sock", "socket", "in use"),
    (f"socket={lab.RUN}/{'x' * 80}/{'y' * 20}.sock", "socket", "107"),
)


def test(net):
    net.start()
    net.base()
    net.ctl("port add a group=vms")
    net.ctl("port add b group=vms")
    net.ctl("port add t group=vms kind=tap")
    pmd = Testpmd(net, [f"path={lab.VHOST_DIR}/{side}.sock,mac=52:54:00:00:00:{mac}"
                        for side, mac in (("a", "01"), ("b", "02"))])
    lab.wait(lambda: net.link("a") == "up" and net.link("b") == "up", 10, "both links to be up")
    other = net.spawn("other", ["socat", f"UNIX-LISTEN:{lab.RUN}/other.sock,fork", "STDIO"])
    lab.wait(lambda: os.path.exists(f"{lab.RUN}/other.sock"), 5, "another program's socket")
    before = net.states()

    for change, *texts in REFUSED:
        lab.step(change[:60])
        net.ctl_refused(f"port set a {change}", *texts)
    lab.step("netns, ifname")
    net.ctl_refused("port set t netns=no-such-ns", "netns", "no-such-ns")
    net.ctl_refused("port set t ifname=a:b", "ifname", "a:b")

    after = net.states()
    for port in ("a", "b", "t"):
        lab.check(after[port]["link"] == "up", f"{port} has no link: {after[port]}")
        lab.check(after[port]["sessions"] == before[port]["sessions"],
                  f"{port} lost its session: {before[port]} {after[port]}")
    other.check_running()
    lab.check(os.path.exists(f"{lab.RUN}/other.sock"), "another program's socket was removed")

    lab.step("a change that is good")
    net.ctl("port set a socket_perm=0600")
    lab.check(os.stat(f"{lab.VHOST_DIR}/a.sock").st_mode & 0o777 == 0o600, "the mode of a.sock")
    pmd.quit()


lab.main(test)
