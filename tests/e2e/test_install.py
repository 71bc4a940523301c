#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
What `meson install` puts where: programs that run, manual pages, completion and units without
complaints of those who read them, sample files that are accepted.

    $DVS_BUILD --- meson install --destdir --- /run/root (nothing of the machine is written)
"""

import glob
import os
import shlex
import shutil

import lab

ROOT = "/run/root"
PAGES = ("man1/dvsctl.1", "man1/dvs-gen.1", "man5/dvs.yaml.5", "man7/dvs-guards.7", "man7/dvs-qos.7",
         "man8/dvs-switchd.8", "man8/dvs-controld.8")
UNITS = ("dvs-switchd.service", "dvs-controld.service")
PROGRAMS = ("sbin/dvs-switchd", "sbin/dvs-controld", "bin/dvsctl", "bin/dvs-gen")


def installed(path):
    """The path of an installed file, whatever the prefix is."""
    found = [name for name in glob.glob(f"{ROOT}/**/{path}", recursive=True)
             if os.path.isfile(name)]
    lab.check(len(found) == 1, f"installed as {path}: {found}")
    return found[0]


def check_programs():
    for program in PROGRAMS:
        path = installed(program)
        lab.check(os.access(path, os.X_OK), f"{path} is not executable")
        output = lab.shell([path, "--version"])
        lab.check(os.path.basename(program) in output, f"{program} --version: {output}")


def check_pages():
    for page in PAGES:
        output = lab.shell(["env", "LC_ALL=C.UTF-8", "MANWIDTH=80", "man", "--warnings=all", "-l",
                            "-P", "cat", installed(page)])
        lab.check("NAME" in output, f"{page}: {output}")
        warnings = [line for line in output.splitlines()
                    if "warning:" in line or "error:" in line or line.startswith("troff:")]
        lab.check(not warnings, f"{page}: {warnings}")


def check_completion():
    for command in ("dvsctl", "dvs-gen"):
        path = installed(f"bash-completion/completions/{command}")
        lab.shell(["bash", "-n", path])
        output = lab.shell(["bash", "-c", f"source {shlex.quote(path)} && complete -p {command}"])
        lab.check(output.strip().endswith(command), f"{path}: {output}")


def check_units(prefix):
    """With the installed tree in the place of the prefix, where units name their programs."""
    lab.shell(f"mount --bind {ROOT}{prefix} {prefix}")
    for unit in UNITS:
        path = installed(f"system/{unit}")
        output = lab.shell(["systemd-analyze", "verify", "--man=no", path], expect=None)
        complaints = [line for line in output.splitlines() if unit in line]
        lab.check(not complaints, f"{unit}: {complaints}")
    lab.shell(f"umount {prefix}")


def test(net):
    lab.shell(["meson", "install", "--no-rebuild", "-C", lab.BUILD, "--destdir", ROOT])
    lab.step("programs")
    check_programs()
    lab.step("completion")
    check_completion()
    if shutil.which("man"):
        lab.step("manual pages")
        check_pages()
    prefix = os.path.dirname(os.path.dirname(installed("bin/dvsctl")))[len(ROOT):]
    # Not over /usr, where all else is, too.
    if shutil.which("systemd-analyze") and prefix == "/usr/local":
        lab.step("units")
        check_units(prefix)
    lab.step("the sample")
    net.start()
    net.ctl(f"apply -f {installed('examples/dvs.yaml')} --dry-run")


lab.main(test)
