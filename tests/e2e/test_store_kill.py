#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
dvs-controld is killed at any moment while a client changes the intent: what was acknowledged is
there after the restart, what was not is there whole or not at all, and the switch agrees.

    client --- controld.sock   dvs-controld (killed again and again) --- dvs-switchd
                                     |
                                 intent.db
"""

import json
import random
import signal
import socket
import threading
import time

import lab

KILLS = 40


class Client(threading.Thread):
    """Adds pairs of segments, one change a pair, until the connection ends."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.number, self.acknowledged, self.last = number, [], None

    def run(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            try:
                connection.connect(lab.CONTROL_SOCKET)
                stream = connection.makefile("rwb")
                for pair in range(100000):
                    self.add(stream, f"k{self.number}-{pair}")
            except (OSError, ValueError):
                return

    def add(self, stream, name):
        self.last = name
        ops = [{"op": "add", "type": "segment", "key": key, "fields": {"name": key}}
               for key in (name + "a", name + "b")]
        request = {"jsonrpc": "2.0", "id": name, "method": "change", "params": {"ops": ops}}
        stream.write(json.dumps(request).encode() + b"\n")
        stream.flush()
        decoder, data = json.JSONDecoder(), ""
        while True:
            received = stream.readline()
            if not received:
                raise ConnectionError
            data += received.decode()
            try:
                reply, _ = decoder.raw_decode(data)
                break
            except ValueError:
                continue
        lab.check("result" in reply, f"{name}: {reply}")
        self.acknowledged.append(name)


def names(net):
    return {row["key"] for row in net.rpc("list", {"type": "segment"})["objects"]}


def test(net):
    source = random.Random(int(time.time()))
    net.start()
    total = 0
    for number in range(KILLS):
        client = Client(number)
        client.start()
        time.sleep(source.uniform(0.0, 0.15))
        net.control.end(signal.SIGKILL)
        client.join(timeout=10)
        lab.check(not client.is_alive(), "the client hangs")
        net.start_control()
        there = names(net)
        for name in client.acknowledged:
            lab.check({name + "a", name + "b"} <= there, f"{name} was acknowledged and is lost")
        if client.last:
            whole = sum(client.last + end in there for end in "ab")
            lab.check(whole in (0, 2), f"{client.last} is there by half")
        total += len(client.acknowledged)
        if number % 10 == 9:
            net.wait_synced()
            lab.check(net.json("status")["switch"]["segments"] == len(there), "the switch differs")
            net.rpc("apply", {"yaml": "segments: []\n"})
    lab.step(f"{KILLS} kills, {total} changes were acknowledged")
    lab.check(total > KILLS, "hardly any change was made")


lab.main(test)
