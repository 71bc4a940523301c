# SPDX-License-Identifier: BSD-3-Clause
"""What is measured: this switch, the library wire, OVS-DPDK. One polling core each.

A device is started anew for each sample, with `count` vhost-user sockets that it listens on, and
says what it did between begin() and end() as a dict; what it cannot tell is left out:

    busy       share of its core's time in which there was work, 0 to 1
    cycles     busy TSC cycles a frame
    batch      frames taken by a poll that found some

To add one: a class with the members of Device, and its row in DEVICES.
"""

import glob
import json
import os
import re
import shutil

from .process import RUN, BenchError, Process, run, wait
from .testpmd import Testpmd

OVS_DAEMON = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
OVS_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


class Device:
    """What all have in common. `place` says which CPUs are whose."""

    title = ""
    packages = ()
    max_ports = 256
    limits = ()    # ways to limit a port's rate; a setting chooses another than the first
    uncounted = 0  # bytes of a frame without checksum that its rates do not count

    def __init__(self, place, settings):
        self.place, self.settings = place, settings
        self.directory = f"{RUN}/{type(self).__name__.lower()}"

    def start(self, scenario):
        """Starts it with scenario.ports ports; on return its sockets are there."""
        raise NotImplementedError

    def connects(self, scenario):
        """Whether the load has to listen at the sockets, and the device connects."""
        del scenario
        return False

    def sockets(self, scenario):
        """The paths of the ports' sockets."""
        return [f"{self.directory}/p{i}" for i in range(scenario.ports)]

    def pid(self):
        """Of the process that polls."""
        raise NotImplementedError

    def known(self):
        """How many addresses it has learnt; None when it learns none."""
        return None

    def begin(self):
        """The measured time starts."""

    def end(self):
        """The measured time is over: what it did meanwhile."""
        return {}

    def stop(self):
        raise NotImplementedError

    def log(self):
        """The end of what it logged, for errors."""
        raise NotImplementedError


class Dvs(Device):
    """This switch: switchd with one worker, and controld, which tells it its ports.

    Settings: build=DIR, another build; limit=, how a scenario's rate is kept; others are fields of
    its ports (datapath=library).
    """

    title = "this switch"
    limits = ("shape", "police", "queue")
    OWN = ("build", "limit")

    def __init__(self, place, settings):
        super().__init__(place, settings)
        self.switch = self.control = self.before = None
        self.build = os.path.abspath(settings.get("build", place.build))

    def _dvsctl(self, *words, stdin=None):
        return run([f"{self.build}/tools/dvsctl/dvsctl", "--socket",
                    f"{self.directory}/control", "--switch-socket", f"{self.directory}/switch",
                    *words], stdin=stdin)

    def start(self, scenario):
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        # Twice the addresses: they may lie unevenly in the table's buckets.
        table = min(1048576, max(65536, 2 * scenario.macs))
        self.switch = Process("switchd", [
            f"{self.build}/dvs-switchd", "--socket", f"{self.directory}/switch",
            "--vhost-dir", self.directory, "--workers", f"{self.place.device_cpu},",
            "--memory", "hugepages", "--mac-table", str(table)])
        self.control = Process("controld", [
            f"{self.build}/control/dvs-controld", "--socket", f"{self.directory}/control",
            "--switch-socket", f"{self.directory}/switch",
            "--store", f"{self.directory}/intent.db"])
        wait(self._is_ready, 20, "dvs-switchd and dvs-controld to answer")
        fields = "".join(f", {key}: {value}" for key, value in self.settings.items()
                         if key not in self.OWN)
        ports = "".join(f"  - {{name: p{i}, group: vms, socket: {path}{fields}}}\n"
                        for i, path in enumerate(self.sockets(scenario)))
        policy = "".join(f", {key}: {value}" for key, value in
                         {**scenario.policy, **self._limit(scenario)}.items())
        bindings = "".join(f"  - {{port: p{i}, address: {scenario.bound}}}\n"
                           for i in range(scenario.ports)) if scenario.bound else ""
        bindings = f"bindings:\n{bindings}" if bindings else ""
        self._dvsctl("apply", "-f", "-", stdin="segments:\n"
                     f"  - {{name: lan, mac_limit: {table}}}\nportgroups:\n"
                     f"  - {{name: vms, segment: lan{policy}}}\nports:\n{ports}{bindings}")
        wait(lambda: all(map(os.path.exists, self.sockets(scenario))), 10, "the switch's sockets")

    def _limit(self, scenario):
        """The policy that keeps the scenario's rate."""
        rate, how = f"{scenario.limit:.0f}bps", self.settings.get("limit", self.limits[0])
        if not scenario.limit:
            return {}
        return {"to_rate": rate} if how == "queue" else {"from_rate": rate, "from_mode": how}

    def _is_ready(self):
        self.switch.check_running()
        self.control.check_running()
        if not all(os.path.exists(f"{self.directory}/{name}") for name in ("switch", "control")):
            return False
        try:
            return json.loads(self._dvsctl("--json", "status"))["controld"]["switch"]["connected"]
        except BenchError:
            return False

    def pid(self):
        return self.switch.pid

    def known(self):
        return json.loads(self._dvsctl("--json", "status"))["switch"]["macs"]

    def _worker(self):
        """The counters of the only worker;"""
        return json.loads(self._dvsctl("--json", "workers"))["workers"][0]

    def begin(self):
        self.before = self._worker()

    def end(self):
        now = self._worker()
        did = {key: now[key] - self.before[key]
               for key in ("busy_cycles", "idle_cycles", "frames", "batches")}
        if did["frames"] == 0:
            return {}
        return {"busy": did["busy_cycles"] / (did["busy_cycles"] + did["idle_cycles"]),
                "cycles": did["busy_cycles"] / did["frames"],
                "batch": did["frames"] / did["batches"]}

    def stop(self):
        for process in (self.control, self.switch):
            if process:
                process.end()

    def log(self):
        return self.switch.tail() if self.switch else ""


class Wire(Device):
    """DPDK's vhost library with no switch: testpmd moves frames between neighbouring ports."""

    title = "library wire (testpmd, net_vhost)"
    packages = ("dpdk-dev",)
    max_ports = 32  # RTE_MAX_ETHPORTS of Debian's DPDK

    def __init__(self, place, settings):
        super().__init__(place, settings)
        self.pmd = None

    def start(self, scenario):
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        # legacy-ol-flags: what is asked of a frame is passed on to who gets it.
        offload = ",tso=1,legacy-ol-flags=1" if scenario.is_tso else ""
        devices = [f"net_vhost{i},iface={path},queues=1{offload}"
                   for i, path in enumerate(self.sockets(scenario))]
        self.pmd = Testpmd("wire", self.place.device_cpu, self.place.control_cpus, devices,
                           self.place.device_mb,
                           [f"--total-num-mbufs={max(16384, 2048 * scenario.ports)}"])
        self.pmd.command("start")

    def pid(self):
        return self.pmd.process.pid

    def stop(self):
        if self.pmd:
            self.pmd.end()

    def log(self):
        return self.pmd.process.tail() if self.pmd else ""


class Ovs(Device):
    """OVS-DPDK as Debian has it, its user-space datapath with the NORMAL action.

    Settings: limit=, ingress_policing_rate of the sender or the receiver's egress-policer;
    burst=KBIT of that; else a tenth of the rate, as its guide advises.
    """

    title = "OVS-DPDK (NORMAL)"
    packages = ("openvswitch-switch-dpdk",)
    limits = ("ingress", "egress")
    uncounted = 14  # netdev-dpdk's policer counts from the IP header on

    def __init__(self, place, settings):
        super().__init__(place, settings)
        self.database = self.daemon = None
        self.env = dict(os.environ, **{f"OVS_{name}DIR": self.directory
                                       for name in ("RUN", "LOG", "DB")})

    def _vsctl(self, *words):
        run(["ovs-vsctl", f"--db=unix:{self.directory}/db.sock", "--timeout=60", *words],
            seconds=90, env=self.env)

    def start(self, scenario):
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        run(["ovsdb-tool", "create", f"{self.directory}/conf.db", OVS_SCHEMA], env=self.env)
        self.database = Process("ovsdb", [
            "ovsdb-server", f"{self.directory}/conf.db",
            f"--remote=punix:{self.directory}/db.sock"], env=self.env)
        wait(lambda: os.path.exists(f"{self.directory}/db.sock"), 10, "ovsdb-server's socket")
        memory = self.place.device_mb
        self._vsctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".",
                    "other_config:dpdk-init=true", f"other_config:dpdk-socket-mem={memory}",
                    f"other_config:dpdk-socket-limit={memory}",
                    "other_config:dpdk-extra=--in-memory --no-pci --no-telemetry",
                    f"other_config:pmd-cpu-mask={1 << self.place.device_cpu:#x}",
                    f"other_config:userspace-tso-enable={str(scenario.is_tso).lower()}",
                    "other_config:flow-limit=2000000")
        self.daemon = Process("ovs", [
            OVS_DAEMON, f"unix:{self.directory}/db.sock", f"--unixctl={self.directory}/ctl",
            f"--log-file={self.directory}/ovs.log", "-vconsole:off",
            "-vdpif_netdev:warn"], env=self.env)
        wait(self._is_ready, 30, "ovs-vswitchd to answer")
        words = ["add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev",
                 f"other_config:mac-table-size={max(8192, min(1000000, 2 * scenario.macs))}",
                 "other_config:mac-aging-time=3600"]
        for i, path in enumerate(self.sockets(scenario)):
            words += ["--", "add-port", "br0", f"p{i}", "--", "set", "Interface", f"p{i}"]
            words += (["type=dpdkvhostuserclient", f"options:vhost-server-path={path}"]
                      if self.connects(scenario) else ["type=dpdkvhostuser"])
        if scenario.limit:
            words += self._limit(scenario)
        self._vsctl(*words)
        run(["ip", "link", "set", "br0", "up"])
        if not self.connects(scenario):
            wait(lambda: all(map(os.path.exists, self.sockets(scenario))), 10, "OVS's sockets")

    def _limit(self, scenario):
        """ovs-vsctl's words that keep the scenario's rate, at each port."""
        burst, words = int(self.settings.get("burst", scenario.limit / 10000)), []
        for i in range(scenario.ports):
            if self.settings.get("limit") == "egress":
                words += ["--", "set", "Port", f"p{i}", f"qos=@q{i}", "--", f"--id=@q{i}", "create",
                          "qos", "type=egress-policer",
                          f"other-config:cir={scenario.limit / 8:.0f}",
                          f"other-config:cbs={burst * 125}"]
            else:
                words += ["--", "set", "Interface", f"p{i}",
                          f"ingress_policing_rate={scenario.limit / 1000:.0f}",
                          f"ingress_policing_burst={burst}"]
        return words

    def connects(self, scenario):
        return scenario.is_tso  # which its ports that listen do not have

    def _is_ready(self):
        self.daemon.check_running()
        return os.path.exists(f"{self.directory}/ctl")

    def known(self):
        text = self._appctl("fdb/stats-show", "br0")
        return int(re.search(r"Current/maximum MAC entries in the table: (\d+)/", text).group(1))

    def _appctl(self, *words):
        return run(["ovs-appctl", "-t", f"{self.directory}/ctl", *words], env=self.env)

    def pid(self):
        return self.daemon.pid

    def begin(self):
        self._appctl("dpif-netdev/pmd-stats-clear")

    def end(self):
        text = self._appctl("dpif-netdev/pmd-stats-show").split("main thread")[0]

        def number(pattern):
            found = re.search(pattern, text)
            return float(found.group(1)) if found else 0
        idle, busy = number(r"idle cycles: (\d+)"), number(r"processing cycles: (\d+)")
        cycles = number(r"avg processing cycles per packet: ([\d.]+)")
        if busy == 0:
            return {}
        return {"busy": busy / (busy + idle), "cycles": cycles}

    def stop(self):
        for process in (self.daemon, self.database):
            if process:
                process.end()

    def log(self):
        logs = glob.glob(f"{self.directory}/ovs.log")
        if not logs:
            return ""
        with open(logs[0], encoding="utf-8", errors="replace") as file:
            return file.read()[-1500:]


DEVICES = {"dvs": Dvs, "wire": Wire, "ovs": Ovs}


def parse(text):
    """(name, settings) of a peer like "dvs" or "dvs:build=build-old,datapath=library"."""
    name, _, rest = text.partition(":")
    settings = dict(word.partition("=")[::2] for word in rest.split(",")) if rest else {}
    allowed = {"dvs": settings, "ovs": ("limit", "burst")}.get(name, ())
    if name not in DEVICES or not set(settings) <= set(allowed) or "" in settings.values():
        raise ValueError(f"no peer \"{text}\"; there are {', '.join(DEVICES)}, "
                         "dvs:KEY=VALUE,... with build=DIR, limit=HOW or fields of a port, and "
                         "ovs:limit=HOW,burst=KBIT")
    if "limit" in settings and settings["limit"] not in DEVICES[name].limits:
        raise ValueError(f"\"{text}\": limit= is one of {', '.join(DEVICES[name].limits)}")
    if not settings.get("burst", "1").isdecimal():
        raise ValueError(f"\"{text}\": burst= is a number of kilobits")
    return name, settings


def kind(text):
    return DEVICES[parse(text)[0]]


def create(text, place):
    name, settings = parse(text)
    return DEVICES[name](place, settings)
