# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd with a prompt: as load (virtio-user ports) and as the wire (vhost ports)."""

import re
import subprocess
import time

from .process import BenchError, Process

PROMPT = b"testpmd> "
BURST = 32


class Testpmd:
    """One dpdk-testpmd whose ports are polled by one core; neighbours exchange frames."""

    def __init__(self, name, cpu, control_cpus, devices, memory_mb, options=()):
        self.name, self.cpu = name, cpu
        floating = ",".join(map(str, control_cpus))
        argv = ["stdbuf", "-o0", "dpdk-testpmd", "--lcores", f"0@({floating}),1@({cpu})",
                "--main-lcore", "0", "--no-pci", "--in-memory", "--single-file-segments",
                "-m", str(memory_mb), "--no-telemetry", "--file-prefix", name]
        for device in devices:
            argv += ["--vdev", device]
        argv += ["--", "--interactive", "--rxq=1", "--txq=1", "--forward-mode=io",
                 f"--burst={BURST}", *options]
        self.output = b""
        self.process = Process(name, argv, stdin=subprocess.PIPE)
        self.log = open(self.process.log, "rb")  # pylint: disable=consider-using-with
        self._read_to_prompt(60)

    def _read_to_prompt(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            self.output += self.log.read()
            end = self.output.find(PROMPT)
            if end >= 0:
                text, self.output = self.output[:end], self.output[end + len(PROMPT):]
                return text.decode(errors="replace")
            self.process.check_running()
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} did not answer within {seconds} s; the end of its "
                                 f"log:\n{self.process.tail()}")
            time.sleep(0.005)

    def command(self, text, seconds=20):
        """One command at the prompt; returns what it printed."""
        try:
            self.process.popen.stdin.write(text.encode() + b"\n")
            self.process.popen.stdin.flush()
        except BrokenPipeError:
            self.process.check_running()
        return self._read_to_prompt(seconds)

    def counters(self):
        """(frames, bytes) received by all ports, and when that was (ns)."""
        text = self.command("show port stats all")
        now = time.monotonic_ns()
        return (sum(map(int, re.findall(r"RX-packets:\s*(\d+)", text))),
                sum(map(int, re.findall(r"RX-bytes:\s*(\d+)", text))), now)

    def end(self):
        if self.process.popen.poll() is None:
            try:
                self.process.popen.stdin.write(b"stop\nquit\n")
                self.process.popen.stdin.flush()
                self.process.popen.wait(timeout=15)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                self.process.end()
        self.log.close()
