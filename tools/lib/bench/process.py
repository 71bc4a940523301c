# SPDX-License-Identifier: BSD-3-Clause
"""Processes of a run, and what Linux says of the threads that poll in them.

Everything runs in one process namespace (tools/bench makes it), so nothing outlives a run. Logs
are kept in RUN, a tmpfs that is the run's own.
"""

import os
import signal
import subprocess
import time

RUN = "/run/bench"


class BenchError(Exception):
    """A run cannot go on; the text says what happened and what to do."""


def wait(function, seconds, what, interval=0.02):
    """Calls function until its result is true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = function()
        if result:
            return result
        if time.monotonic() > deadline:
            raise BenchError(f"waited {seconds} s in vain for {what}")
        time.sleep(interval)


def run(argv, seconds=30, env=None, stdin=None):
    """Runs a command that must succeed; returns its standard output."""
    try:
        result = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                input=stdin if stdin is not None else "", timeout=seconds,
                                env=env, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{argv[0]}: {error}") from error
    if result.returncode != 0:
        raise BenchError(f"{' '.join(argv)}: exit status {result.returncode}: "
                         f"{(result.stderr or result.stdout).strip()[-1000:]}")
    return result.stdout


class Process:
    """A process in the background; its output goes to a log."""

    def __init__(self, name, argv, env=None, stdin=subprocess.DEVNULL):
        self.name, self.log = name, f"{RUN}/log/{name}.log"
        try:
            with open(self.log, "wb") as log:
                # pylint: disable-next=consider-using-with
                self.popen = subprocess.Popen(argv, stdout=log, stderr=log, stdin=stdin, env=env)
        except OSError as error:
            raise BenchError(f"{name} does not start: {error}") from error
        self.pid = self.popen.pid

    def tail(self, size=1500):
        with open(self.log, "rb") as file:
            return file.read()[-size:].decode(errors="replace").strip()

    def check_running(self):
        if self.popen.poll() is not None:
            raise BenchError(f"{self.name} ended with status {self.popen.returncode}; the end of "
                             f"its log:\n{self.tail()}")

    def end(self, seconds=10):
        """SIGTERM, and SIGKILL when that does not help; waits until it is gone."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


class Attention:
    """How much of its CPU a polling thread got: who else ran there, or the host took away.

    Of a process's threads the one that ran longest is the one that polls. What it lost is the time
    that it was ready to run but waited for its CPU, and the time that the hypervisor stole.
    """

    def __init__(self, pid, cpu):
        self.pid, self.cpu = pid, cpu
        self.before = None

    def _threads(self):
        threads = {}
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat", encoding="ascii") as file:
                ran, waited = file.read().split()[:2]
            threads[task] = (int(ran), int(waited))
        return threads

    def _stolen_ns(self):
        with open("/proc/stat", encoding="ascii") as file:
            for line in file:
                words = line.split()
                if words[0] == f"cpu{self.cpu}":
                    return int(words[8]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        return 0

    def begin(self):
        self.before = self._threads(), self._stolen_ns(), time.monotonic_ns()

    def used(self):
        """CPUs that the process has used since begin(), all threads together."""
        threads, _, then = self.before
        ran = sum(now[0] - threads.get(task, (0, 0))[0] for task, now in self._threads().items())
        return ran / (time.monotonic_ns() - then)

    def lost(self):
        """The share of the time since begin() that the thread did not get: 0 to 1."""
        threads, stolen, then = self.before
        spent = time.monotonic_ns() - then
        _, waited = max((now[0] - threads[task][0], now[1] - threads[task][1])
                        for task, now in self._threads().items() if task in threads)
        return min(1.0, (waited + self._stolen_ns() - stolen) / spent)
