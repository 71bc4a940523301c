#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
What the project installs works where it is put: daemons, man pages, completion, units; every
sample is loaded.

    meson install --destdir /run/dvs/root --> dvs-switchd, dvs-controld, dvsctl, dvs.yaml
"""

import os
import shutil
import stat
import xml.etree.ElementTree

import lab

INSTALLED = [
    "sbin/dvs-switchd", "sbin/dvs-controld", "bin/dvsctl", "bin/dvs-gen",
    "share/man/man1/dvsctl.1", "share/man/man1/dvs-gen.1",
    "share/man/man8/dvs-switchd.8", "share/man/man8/dvs-controld.8",
    "share/bash-completion/completions/dvsctl", "share/bash-completion/completions/dvs-gen",
    "lib/systemd/system/dvs-switchd.service", "lib/systemd/system/dvs-controld.service",
    "share/doc/dvs/examples/dvs.yaml", "share/doc/dvs/examples/libvirt-vhostuser.xml",
]


def test(net):
    root = f"{lab.RUN}/root"
    lab.step("install")
    lab.shell(f"meson install -C {lab.BUILD} --no-rebuild --destdir {root}")
    prefix = f"{root}/usr/local"
    for name in INSTALLED:
        lab.check(os.path.exists(f"{prefix}/{name}"), f"{name} is not installed")
    for name in ("dvs-switchd", "dvs-controld"):
        with open(f"{prefix}/lib/systemd/system/{name}.service", encoding="ascii") as file:
            lab.check(f"ExecStart=/usr/local/sbin/{name} " in file.read(), f"{name}.service")
        if shutil.which("man"):
            lab.shell(f"man --warnings -l {prefix}/share/man/man8/{name}.8")

    lab.step("sample YAML, there and back")
    net.start()
    sample = f"{prefix}/share/doc/dvs/examples/dvs.yaml"
    net.ctl(f"apply -f {sample} --dry-run")
    net.ctl(f"apply -f {sample}")
    lab.wait(lambda: "dvs-host" in lab.shell("ip -br link"), 5, "the interface dvs-host")
    rows = net.states()
    lab.check(rows["web1-disk"]["mtu"] == 8000, f"{rows['web1-disk']}")
    net.ctl(f"export -f {lab.RUN}/exported.yaml")
    lab.check(net.rows(f"apply -f {lab.RUN}/exported.yaml --dry-run") == [],
              "what was exported differs from what is there")

    lab.step("export through a link, into a pipe")
    exported = net.ctl("export")
    os.symlink("real.yaml", f"{lab.RUN}/link.yaml")
    for what in ("a link to nothing", "a link to a file"):
        net.ctl(f"export -f {lab.RUN}/link.yaml")
        with open(f"{lab.RUN}/real.yaml", encoding="utf-8") as file:
            lab.check(file.read() == exported, f"{what}: the file is another one")
        lab.check(os.path.islink(f"{lab.RUN}/link.yaml"), f"{what}: it is no link any more")
        with open(f"{lab.RUN}/real.yaml", "w", encoding="ascii") as file:
            file.write("old\n" * 1000)
    os.mkfifo(f"{lab.RUN}/pipe.yaml")
    reader = net.spawn("reader", f"cat {lab.RUN}/pipe.yaml")
    net.ctl(f"export -f {lab.RUN}/pipe.yaml")
    lab.check(reader.popen.wait(timeout=10) == 0, "cat failed")
    lab.check(reader.tail(10 ** 6) == exported, "the pipe had another file")
    lab.check(stat.S_ISFIFO(os.stat(f"{lab.RUN}/pipe.yaml").st_mode), "the pipe has gone")

    lab.step("sample of libvirt")
    domain = xml.etree.ElementTree.parse(f"{prefix}/share/doc/dvs/examples/libvirt-vhostuser.xml")
    path = domain.find(".//interface/source").get("path")
    lab.check(os.path.exists(path), f"{path} is not there")


lab.main(test)
