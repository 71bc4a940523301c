# SPDX-License-Identifier: BSD-3-Clause
"""Runs small Linux guests in QEMU whose NIC is a vhost-user socket.

    from guest import Guest

    guest = Guest("q0", socket="/run/dvs/vhost/vm1.sock", address="10.0.0.1/24")
    guest.start()
    status, output = guest.run("ping -c 1 10.0.0.2")
    guest.stop()

A guest is a directory: STATE/NAME has its settings, pid, logs and sockets (QMP, console, exec).
So any process may use a guest that another one started; `tools/guest` is a command line for this.

QEMU runs with KVM where KVM really boots a guest, which is tried once and remembered; else in
software. There, with MSI-X, QEMU 7.2 dies when a vhost-user NIC comes up: vectors=0 avoids it.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket as sockets
import subprocess
import time

import guest_image
from guest_image import GuestError

QEMU = "qemu-system-x86_64"
READY_SECONDS = 180
PROBE_SECONDS = 20


def default_state():
    if os.geteuid() == 0:
        return "/run/dvs/guest"
    return os.path.join(os.environ.get("XDG_RUNTIME_DIR", "/tmp"), f"dvs-guest-{os.geteuid()}")


def default_mac(name):
    """Stable for a name, in QEMU's range."""
    digest = guest_image.hashlib.sha256(name.encode()).digest()
    return "52:54:00:%02x:%02x:%02x" % tuple(digest[:3])


def choose_accelerator(cache, kernel, initramfs):
    """"kvm" or "tcg"; the answer is kept until the machine boots again."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    path = os.path.join(cache, "accelerator.json")
    with guest_image.locked(os.path.join(cache, "lock")):
        with contextlib.suppress(OSError, ValueError, KeyError):
            with open(path, encoding="ascii") as file:
                known = json.load(file)
            if known["boot"] == boot:
                return known["accelerator"]
        command = [QEMU, "-M", "q35", "-accel", "kvm", "-cpu", "host", "-m", "256M", "-nodefaults",
                   "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
                   "-kernel", kernel, "-initrd", initramfs, "-append", "console=ttyS0 probe=1"]
        try:
            output = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL,
                                    timeout=PROBE_SECONDS, check=False).stdout
        except subprocess.TimeoutExpired:
            output = b""
        found = "kvm" if b"dvs-guest-booted" in output else "tcg"
        with open(path, "w", encoding="ascii") as file:
            json.dump({"boot": boot, "accelerator": found}, file)
        return found


class Guest:
    """One guest; the settings are those of `tools/guest start`."""

    def __init__(self, name, state=None, cache=None, **settings):
        self.name = name
        self.directory = os.path.join(state or default_state(), name)
        self.cache = cache or guest_image.default_cache()
        self.settings = {"socket": None, "mac": default_mac(name), "address": "", "queues": 1,
                         "packed": False, "vhost_server": False, "memory": 192, "mtu": 0,
                         "device": [], "incoming": ""}
        with contextlib.suppress(OSError, ValueError):
            with open(self.path("settings.json"), encoding="utf-8") as file:
                self.settings.update(json.load(file))
        unknown = set(settings) - set(self.settings)
        if unknown:
            raise TypeError(f"unknown settings: {unknown}")
        self.settings.update((k, v) for k, v in settings.items() if v is not None)
        self.process = None

    def path(self, name):
        return os.path.join(self.directory, name)

    # Life

    def command(self):
        """The QEMU command line."""
        s = self.settings
        kernel, initramfs = guest_image.build(self.cache)
        accelerator = choose_accelerator(self.cache, kernel, initramfs)
        device = ["virtio-net-pci", "netdev=n0", f"mac={s['mac']}", *s["device"]]
        if accelerator == "tcg":
            device.append("vectors=0")
        elif s["queues"] > 1:
            device.append(f"vectors={2 * s['queues'] + 2}")
        if s["queues"] > 1:
            device.append("mq=on")
        if s["packed"]:
            device.append("packed=on")
        if s["mtu"]:
            device.append(f"host_mtu={s['mtu']}")
        # In software, QEMU before 9.0 forgets pages that a guest writes to while it migrates ("physmem:
        # Fix migration dirty bitmap coherency with TCG memory access"), but not in memory that is no
        # multiple of 64 pages.
        memory = s["memory"] * 1024 + (8 if accelerator == "tcg" else 0)
        role = "server=on,wait=off" if s["vhost_server"] else "reconnect=1"
        # A busy host delays an emulated timer so much that the kernel takes it for broken.
        append = ("console=ttyS0 quiet panic=-1 no_timer_check nowatchdog "
                  f"name={self.name} addr={s['address']}")
        if s["mtu"]:
            append += f" mtu={s['mtu']}"
        command = [
            QEMU, "-name", f"{self.name},process=dvs-guest", "-M", "q35", "-accel", accelerator,
            "-cpu", "host" if accelerator == "kvm" else "max", "-smp", str(s["queues"]),
            "-m", f"{memory}K", "-nodefaults", "-no-user-config", "-display", "none",
            "-object", f"memory-backend-memfd,id=m0,size={memory}K,share=on",
            "-numa", "node,memdev=m0", "-kernel", kernel, "-initrd", initramfs,
            "-append", append, "-qmp", f"unix:{self.path('qmp.sock')},server=on,wait=off"]
        if s["incoming"]:
            command += ["-incoming", s["incoming"]]
        for name in ("console", "exec"):
            command += ["-chardev", f"socket,id={name},path={self.path(name)}.sock,server=on,"
                        f"wait=off,logfile={self.path(name)}.log", "-serial", f"chardev:{name}"]
        if s["socket"]:
            command += ["-chardev", f"socket,id=c0,path={s['socket']},{role}",
                        "-netdev", f"vhost-user,id=n0,chardev=c0,queues={s['queues']}",
                        "-device", ",".join(device)]
        return command

    def launch(self):
        """Starts QEMU and returns at once; wait_ready() tells when the guest answers."""
        if self.is_running():
            raise GuestError(f"guest {self.name} runs already; stop it first")
        if shutil.which(QEMU) is None:
            raise GuestError(f"{QEMU} is not installed; install the package qemu-system-x86")
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        if len(self.path("console.sock")) > 100:
            raise GuestError(f"{self.directory}: too long for a socket; choose another state "
                             "directory")
        command = self.command()
        with open(self.path("settings.json"), "w", encoding="utf-8") as file:
            json.dump(self.settings, file, indent=1)
        with open(self.path("qemu.log"), "ab") as log:
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)
        with open(self.path("pid"), "w", encoding="ascii") as file:
            file.write(str(self.process.pid))

    def start(self):
        self.launch()
        try:
            self.wait_ready()
        except GuestError:
            self.kill()
            raise

    def wait_ready(self, seconds=READY_SECONDS):
        deadline = time.monotonic() + seconds
        while True:
            if not self.is_running():
                raise GuestError(f"guest {self.name}: QEMU ended: {self.log_tail('qemu.log')}")
            with contextlib.suppress(OSError, TimeoutError):
                return self._execute("true", 1)
            if time.monotonic() > deadline:
                raise GuestError(f"guest {self.name} did not answer within {seconds} s; its "
                                 f"console says: {self.log_tail('console.log')}")
            time.sleep(0.2)

    def log_tail(self, name, size=600):
        with contextlib.suppress(OSError):
            with open(self.path(name), "rb") as file:
                return file.read()[-size:].decode(errors="replace").strip()
        return ""

    def pid(self):
        """Of this guest's QEMU, or None; a pid that was reused does not count."""
        if self.process is not None:
            return self.process.pid if self.process.poll() is None else None
        try:
            with open(self.path("pid"), encoding="ascii") as file:
                pid = int(file.read())
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                is_ours = self.path("qmp.sock").encode() in file.read()
            return pid if is_ours else None
        except (OSError, ValueError):
            return None

    def is_running(self):
        return self.pid() is not None

    def kill(self):
        """kill -9, as when the host's out-of-memory killer strikes."""
        pid = self.pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait_end(10)

    def _wait_end(self, seconds):
        deadline = time.monotonic() + seconds
        while self.is_running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def stop(self):
        """Ends the guest and removes its directory."""
        if self.is_running():
            with contextlib.suppress(OSError, GuestError, ValueError):
                self.qmp("quit")
            if not self._wait_end(5):
                self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    # QMP

    def qmp(self, command, **arguments):
        """One QMP command; returns its "return" member."""
        with sockets.socket(sockets.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(self.path("qmp.sock"))
            with connection.makefile("rwb") as stream:
                stream.readline()  # the greeting
                for request in ({"execute": "qmp_capabilities"},
                                {"execute": command, "arguments": arguments}):
                    stream.write(json.dumps(request).encode() + b"\n")
                    stream.flush()
                    while True:
                        line = stream.readline()
                        if not line and command == "quit":
                            return {}
                        reply = json.loads(line)
                        if "error" in reply:
                            raise GuestError(f"guest {self.name}: {reply['error']['desc']}")
                        if "return" in reply:
                            break
        return reply["return"]

    def boot_id(self, seconds=10):
        return self.check("cat /proc/sys/kernel/random/boot_id", seconds).strip()

    def reset(self):
        """Presses the reset button and waits until the guest answers again."""
        before = self.boot_id()
        self.qmp("system_reset")
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.wait_ready()
            with contextlib.suppress(GuestError):  # asked just before it went down
                if self.boot_id(2) != before:
                    return
            time.sleep(0.2)
        raise GuestError(f"guest {self.name} did not boot again after a reset")

    def migrate(self, to, meanwhile=None, seconds=180):
        """
        Moves the running guest into `to`, a guest of the same settings that was launched with
        incoming="unix:PATH"; this one's QEMU ends. meanwhile() is called when all memory was copied
        once, and the end waits for it; the guest has to keep writing to a megabyte of it till then.
        """
        self._limit_migration(32 << 20 if meanwhile else 1 << 30, 1 if meanwhile else 300)
        self.qmp("migrate", uri=to.settings["incoming"])
        deadline = time.monotonic() + seconds
        while True:
            info = self.qmp("query-migrate")
            if info.get("status") == "completed" and not meanwhile:
                break
            if info.get("status") not in ("setup", "active", "device", None) or (
                    time.monotonic() > deadline):
                raise GuestError(f"guest {self.name}: migration: {info}")
            if meanwhile and info.get("ram", {}).get("dirty-sync-count", 0) >= 2:
                self._limit_migration(1 << 20)
                meanwhile()
                meanwhile = None
                self._limit_migration(1 << 30, 2000)
            time.sleep(0.01)
        self.qmp("quit")
        self._wait_end(5)

    def _limit_migration(self, bytes_per_second, downtime_ms=1):
        """It ends when what is left takes no longer than the downtime."""
        self.qmp("migrate-set-parameters", **{"max-bandwidth": bytes_per_second,
                                              "downtime-limit": downtime_ms})

    # Commands in the guest

    def _execute(self, command, seconds):
        identifier = secrets.token_hex(6)
        request = (f"\n{identifier} {max(1, int(seconds))} "
                   f"{base64.b64encode(command.encode()).decode()}\n")
        deadline = time.monotonic() + seconds + 2
        with open(self.path("exec.lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with sockets.socket(sockets.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(self.path("exec.sock"))
                connection.sendall(request.encode())
                return self._read_reply(connection, identifier.encode(), deadline)

    @staticmethod
    def _read_reply(connection, identifier, deadline):
        data = b""
        start, end = b"\x02" + identifier + b"\n", b"\n\x03" + identifier + b" "
        while True:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            received = connection.recv(65536)
            if not received:
                raise ConnectionError("the guest's QEMU closed the line")
            data += received
            position = data.rfind(end)
            if position >= 0 and b"\n" in data[position + len(end):]:
                status = int(data[position + len(end):].split(b"\n")[0])
                output = data[data.find(start) + len(start):position]
                return status, output.decode(errors="replace")

    def run(self, command, seconds=60):
        """
        Runs a shell command line in the guest: (exit status, output). A command that runs longer
        is killed there: status 137. One that goes on in the background must redirect its output.
        """
        try:
            return self._execute(command, seconds)
        except TimeoutError as error:
            raise GuestError(f"guest {self.name} does not answer: {command}") from error
        except OSError as error:
            raise GuestError(f"guest {self.name}: {error}; is it running?") from error

    def check(self, command, seconds=60):
        """Like run(), but a failure is an error; returns the output."""
        status, output = self.run(command, seconds)
        if status != 0:
            raise GuestError(f"guest {self.name}: {command}: exit status {status}: {output}")
        return output


def list_guests(state=None):
    state = state or default_state()
    try:
        names = sorted(os.listdir(state))
    except OSError:
        return []
    return [Guest(name, state) for name in names if os.path.isdir(os.path.join(state, name))]
