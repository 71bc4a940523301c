# SPDX-License-Identifier: BSD-3-Clause
"""The laboratory of the end-to-end tests: real daemons, taps and guests in private namespaces.

    import lab

    def test(net):
        net.start()
        net.base()                                  # segment lan, port group vms
        a = net.tap("t1", "10.0.0.1/24")            # port, namespace and address
        b = net.tap("t2", "10.0.0.2/24")
        a.ping("10.0.0.2")

    lab.main(test)

main() runs the script again in network, mount and process namespaces of its own, with an empty
/run. Nothing needs cleaning up: when the script ends, however it ends, the kernel ends all
processes of the namespace and drops its interfaces, mounts and sockets.

A test fails by an exception; the ends of the logs of all processes are printed then.
"""

import contextlib
import ipaddress
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools", "lib"))

from guest import Guest  # noqa: E402  pylint: disable=wrong-import-position

BUILD = os.environ.get("DVS_BUILD", os.path.join(TOP, "build"))
SWITCHD = os.path.join(BUILD, "dvs-switchd")
CONTROLD = os.path.join(BUILD, "control", "dvs-controld")
DVSCTL = os.path.join(BUILD, "tools", "dvsctl", "dvsctl")
RUN = "/run/dvs"
VHOST_DIR = f"{RUN}/vhost"
SWITCH_SOCKET = f"{RUN}/switchd.sock"
CONTROL_SOCKET = f"{RUN}/controld.sock"
STATE_DIR = f"{RUN}/lib"
STORE = f"{STATE_DIR}/intent.db"
PATIENCE = 4


class Failure(AssertionError):
    """What a test expected and what it saw."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def wait(function, seconds, what, interval=0.05):
    """
    Calls function until its result is true, and returns that; Failure after the deadline. It is
    meant for a machine with nothing else to do; a busy one gets PATIENCE times as long.
    """
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        result = function()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s in vain for: {what}")
        time.sleep(interval)


def shell(command, timeout=60, expect=0, netns=None):
    """Runs a command (a string or a list), returns its output; expect=None takes any status."""
    argv = shlex.split(command) if isinstance(command, str) else list(command)
    if netns:
        argv = ["ip", "netns", "exec", netns] + argv
    result = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    if expect is not None and result.returncode != expect:
        raise Failure(f"{' '.join(argv)}: exit status {result.returncode}: {result.stdout}")
    return result.stdout


class Process:
    """A process in the background whose output goes to a log."""

    def __init__(self, name, argv, **options):
        self.name = name
        self.log = f"{RUN}/log/{name}.log"
        # pylint: disable=consider-using-with
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(argv, stdout=log, stderr=log,
                                          **{"stdin": subprocess.DEVNULL, **options})
        self.pid = self.popen.pid

    def is_running(self):
        return self.popen.poll() is None

    def check_running(self):
        check(self.is_running(), f"{self.name} ended with {self.popen.returncode}: {self.tail()}")

    def tail(self, size=2000):
        with open(self.log, "rb") as file:
            return file.read()[-size:].decode(errors="replace")

    def end(self, number=signal.SIGTERM, seconds=15):
        """Sends a signal and waits; returns the exit status."""
        if self.is_running():
            self.popen.send_signal(number)
        return self.popen.wait(timeout=seconds)

    def rss_kb(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("VmRSS")).split()[1])

    def n_fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Tap:
    """A tap port of the switch in a network namespace of its own, used like a host."""

    def __init__(self, name, netns, address):
        self.name, self.netns = name, netns
        self.prefix = address
        self.address = address.split("/")[0] if address else None

    def set_up(self):
        """Waits for the interface, gives it its address, and no duplicate address detection."""
        wait(lambda: self.name in shell("ip -br link", netns=self.netns), 5,
             f"the interface {self.name}")
        self.run(f"sysctl -qw net.ipv6.conf.{self.name}.accept_dad=0")
        if self.prefix:
            self.run(f"ip address add {self.prefix} dev {self.name}")
        self.run(f"ip link set {self.name} up")

    def run(self, command, timeout=60, expect=0):
        return shell(command, timeout, expect, self.netns)

    def spawn(self, name, command):
        argv = shlex.split(command) if isinstance(command, str) else command
        return Process(name, ["ip", "netns", "exec", self.netns] + argv)

    def mac(self):
        return json.loads(self.run(f"ip -j link show {self.name}"))[0]["address"]

    def ping(self, address, count=3, options="-i 0.1 -W 5"):
        """Failure when an answer is missing."""
        output = self.run(f"ping -n -c {count} {options} {address}", expect=None)
        check(f" {count} received" in output, f"ping {address} from {self.netns}: {output}")


class Net:
    """The daemons of one test and what is attached to them."""

    def __init__(self):
        self.switch = self.control = None
        self.processes = []
        self.guests = []
        self.taps = 0

    # Processes

    def spawn(self, name, argv, **options):
        process = Process(name, shlex.split(argv) if isinstance(argv, str) else argv, **options)
        self.processes.append(process)
        return process

    def start_switch(self, *options):
        argv = [SWITCHD, "--socket", SWITCH_SOCKET, "--vhost-dir", VHOST_DIR,
                "--state-dir", STATE_DIR]
        if "--workers" not in options:
            argv += ["--workers", "2"]
        self.switch = self.spawn("switchd", argv + list(options))
        self.wait_switch()

    def wait_switch(self, seconds=20):
        def is_ready():
            self.switch.check_running()
            return os.path.exists(SWITCH_SOCKET) and self.dvsctl("workers")[0] == 0
        wait(is_ready, seconds, "dvs-switchd to answer")

    def start_control(self, *options, store=STORE):
        argv = [CONTROLD, "--socket", CONTROL_SOCKET, "--switch-socket", SWITCH_SOCKET,
                "--store", store]
        self.control = self.spawn("controld", argv + list(options))

        def is_ready():
            self.control.check_running()
            return os.path.exists(CONTROL_SOCKET) and self.dvsctl("status")[0] == 0
        wait(is_ready, 10, "dvs-controld to answer")

    def start(self, *switch_options):
        self.start_switch(*switch_options)
        self.start_control()
        self.wait_synced()

    def wait_synced(self, seconds=10):
        """controld is connected to the switch, which has all of the intent."""
        def is_synced():
            status = self.rpc("status")
            switch = status["switch"]
            return switch["connected"] and switch["applied_revision"] == status["revision"]
        wait(is_synced, seconds, "the switch to have the intent")

    # The operator's side

    def dvsctl(self, *words, timeout=30, stdin=None):
        """Runs dvsctl: (exit status, output)."""
        argv = [DVSCTL, "--socket", CONTROL_SOCKET, "--switch-socket", SWITCH_SOCKET]
        for word in words:
            argv += shlex.split(word)
        result = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                input=stdin, timeout=timeout, check=False)
        # Notes and errors are on standard error; JSON is all of standard output.
        is_json = "--json" in words and result.returncode == 0
        return result.returncode, result.stdout + ("" if is_json else result.stderr)

    def ctl(self, *words, **options):
        """dvsctl that must succeed; returns its output."""
        status, output = self.dvsctl(*words, **options)
        check(status == 0, f"dvsctl {' '.join(words)}: exit status {status}: {output}")
        return output

    def ctl_refused(self, command, *texts, status=1):
        """dvsctl that must fail with this exit status and a message that has all the texts."""
        seen, output = self.dvsctl(command)
        check(seen == status, f"dvsctl {command}: exit status {seen}, wanted {status}: {output}")
        for text in texts:
            check(text.lower() in output.lower(), f"dvsctl {command}: no \"{text}\" in: {output}")
        return output

    def json(self, *words):
        output = self.ctl("--json", *words)
        try:
            return json.loads(output)
        except ValueError as error:
            raise Failure(f"dvsctl --json {' '.join(words)}: {error}: {output}") from error

    def rpc(self, method, params=None):
        """One call of controld's JSON-RPC; Failure with the message on an error."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(CONTROL_SOCKET)
            request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
            connection.sendall(json.dumps(request).encode() + b"\n")
            data = b""
            while True:
                received = connection.recv(65536)
                check(received, f"controld closed the connection in {method}")
                data += received
                with contextlib.suppress(ValueError):
                    reply = json.loads(data)
                    break
        check("error" not in reply, f"controld: {method}: {reply.get('error')}")
        return reply["result"]

    def base(self):
        """The segment and port group that most tests use."""
        self.ctl("segment add lan")
        self.ctl("portgroup add vms segment=lan")

    def rows(self, command):
        """The list of a command that shows many."""
        return next(value for value in self.json(command).values() if isinstance(value, list))

    def stats(self):
        """Counters of all ports: {port: {counter: number}}."""
        return {row["name"]: row for row in self.rows("stats")}

    def states(self):
        """What the switch says of its ports: {port: {"link": "up", "sessions": 1, ...}}."""
        return {row["key"]: row["state"] for row in self.rows("port show") if row["state"]}

    def link(self, port):
        return self.states().get(port, {}).get("link")

    def drops(self, port):
        """{reason: frames} of a port, without zeros."""
        return {row["reason"]: row["frames"] for row in self.rows(f"drops {port}")
                if row["frames"]}

    def macs(self):
        """{mac: port} of the MAC table."""
        return {row["mac"]: row["port"] for row in self.rows("mac show")}

    def check_invariant(self):
        """rx_frames = delivered + dropped, for every port, at any time."""
        for name, row in self.stats().items():
            check(row["rx_frames"] == row["delivered"] + row["dropped"],
                  f"port {name}: {row['rx_frames']} frames received, but {row['delivered']} "
                  f"delivered and {row['dropped']} dropped")

    # What is attached

    def add_netns(self, name):
        shell(f"ip netns add {name}")
        shell("ip link set lo up", netns=name)
        return name

    def tap(self, name, address=None, netns=None, options="group=vms"):
        """A tap port in a new namespace (called as the port), up and with an address."""
        if netns is None:
            netns = self.add_netns(f"ns-{name}")
        self.ctl(f"port add {name} kind=tap ifname={name} netns={netns} {options}")
        tap = Tap(name, netns, address)
        tap.set_up()
        return tap

    def guest(self, name, address, options="group=vms", **settings):
        """A vhost-user port and a guest on it; launched, not waited for (Guest.wait_ready)."""
        if settings.get("vhost_server"):
            options += f" vhost_mode=client socket={RUN}/qemu-{name}.sock"
            settings["socket"] = f"{RUN}/qemu-{name}.sock"
        else:
            settings["socket"] = f"{VHOST_DIR}/{name}.sock"
        if settings.get("queues", 1) > 1:
            options += f" queues={settings['queues']}"
        self.ctl(f"port add {name} {options}")
        guest = Guest(name, state=f"{RUN}/guest", address=address, **settings)
        self.guests.append(guest)
        guest.launch()
        return guest

    def print_logs(self):
        for process in self.processes:
            print(f"--- log of {process.name} (pid {process.pid}, "
                  f"{'running' if process.is_running() else process.popen.returncode})")
            print(process.tail())
        for guest in self.guests:
            print(f"--- guest {guest.name}: {guest.log_tail('qemu.log')}\n"
                  f"{guest.log_tail('console.log')}")


def wait_written(*addresses):
    """Learnt bindings are written to the switch's own file about once a second: all of these."""
    packed = [ipaddress.ip_address(address).packed for address in addresses]

    def is_written():
        with contextlib.suppress(FileNotFoundError):
            with open(f"{STATE_DIR}/bindings", "rb") as file:
                data = file.read()
            return all(address in data for address in packed)
        return False
    wait(is_written, 5, f"{addresses} to be in the file of bindings")


def receive_file(guest, port, path="/tmp/received"):
    """Starts nc in a guest; it listens when this returns. It ends when its input does: sleep."""
    guest.check(f"sleep 60 | nc -l -p {port} > {path} 2>/dev/null &")
    wait(lambda: guest.run(f"netstat -ltn | grep -q ':{port} '")[0] == 0, 5,
         f"nc to listen in {guest.name}", interval=0.1)


def step(text):
    """Says where a test is; the time helps with one that ran into its limit."""
    print(f"[{time.monotonic() - STARTED:6.1f}] {text}", flush=True)


STARTED = time.monotonic()


def enter():
    """Inside the new namespaces: an empty /run, and lo."""
    shell("mount -t tmpfs -o mode=755 tmpfs /run")
    for directory in (f"{RUN}/log", f"{RUN}/guest", f"{RUN}/lib", VHOST_DIR, "/run/netns"):
        os.makedirs(directory)
    shell("ip link set lo up")


def main(test):
    """Runs test(net) in namespaces of its own, and ends the script."""
    if os.environ.get("DVS_LAB") != "inside":
        if os.geteuid() != 0:
            sys.exit("end-to-end tests need root: sudo tools/test e2e/")
        for program in (SWITCHD, CONTROLD, DVSCTL):
            if not os.access(program, os.X_OK):
                sys.exit(f"{program} is not built; set DVS_BUILD to a build directory")
        os.environ["DVS_LAB"] = "inside"
        os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
                              "--mount-proc", sys.executable, "-B", "-u",
                              os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    enter()
    net = Net()
    try:
        test(net)
    except BaseException:  # pylint: disable=broad-except
        net.print_logs()
        traceback.print_exc(file=sys.stdout)
        sys.exit(1)
    step("passed")
    sys.exit(0)
