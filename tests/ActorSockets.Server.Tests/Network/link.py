#!/usr/bin/env python3
"""Two network namespaces and a bad line between them, of two TUN devices.

usage (as root): link.py SERVER_NAMESPACE CLIENT_NAMESPACE RULES

The server's side has the address 10.77.0.1, the client's 10.77.0.2. RULES is a JSON file that may change at any time:
delay and jitter (seconds), loss, double and reorder (0 to 1), down (true or false). Says "ready", and at the end
(SIGTERM) what has happened to the packets, as JSON.
"""
import collections
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SERVER, CLIENT, RULES = sys.argv[1:4]
ADDRESSES = {SERVER: "10.77.0.1", CLIENT: "10.77.0.2"}


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def open_device(namespace, peer):
    """A TUN device in a namespace; what the namespace sends is read here."""
    name = "line" + namespace[-8:]
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    ip("netns", "add", namespace)
    ip("link", "set", name, "netns", namespace)
    ip("-n", namespace, "addr", "add", ADDRESSES[namespace], "peer", ADDRESSES[peer], "dev", name)
    ip("-n", namespace, "link", "set", name, "mtu", "1500", "up")
    ip("-n", namespace, "link", "set", "lo", "up")
    ip("-n", namespace, "route", "add", "default", "dev", name)
    return device


def read_rules():
    """What is in force; a file that is being written is read again at the next look."""
    try:
        with open(RULES, encoding="ascii") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def carry(devices, counters, is_over):
    rules, looked, waiting, number = {}, 0.0, [], 0
    others = {devices[0]: devices[1], devices[1]: devices[0]}
    while not is_over():
        now = time.monotonic()
        if now - looked > 0.05:
            read, looked = read_rules(), now
            rules = rules if read is None else read
        while waiting and waiting[0][0] <= now:
            _, _, device, packet = heapq.heappop(waiting)
            try:
                os.write(device, packet)
                counters["carried"] += 1
            except BlockingIOError:
                counters["overflown"] += 1
        pause = min(0.05, waiting[0][0] - now) if waiting else 0.05
        for device in select.select(devices, [], [], max(0.0, pause))[0]:
            packet = os.read(device, 65536)
            if rules.get("down"):
                counters["cut"] += 1
                continue
            if random.random() < rules.get("loss", 0):
                counters["lost"] += 1
                continue
            copies = 1
            if random.random() < rules.get("double", 0):
                counters["doubled"] += 1
                copies = 2
            delay = rules.get("delay", 0) + random.uniform(-1, 1) * rules.get("jitter", 0)
            if random.random() < rules.get("reorder", 0):
                counters["reordered"] += 1
                delay = 0
            for _ in range(copies):
                number += 1
                heapq.heappush(waiting, (time.monotonic() + max(0.0, delay), number, others[device], packet))


def main():
    over = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.append(True))
    counters = collections.Counter()
    try:
        devices = [open_device(SERVER, CLIENT), open_device(CLIENT, SERVER)]
        print("ready", flush=True)
        carry(devices, counters, lambda: bool(over))
    finally:
        for namespace in (SERVER, CLIENT):
            subprocess.run(["ip", "netns", "del", namespace], check=False, stderr=subprocess.DEVNULL)
    print(json.dumps(counters), flush=True)


main()
