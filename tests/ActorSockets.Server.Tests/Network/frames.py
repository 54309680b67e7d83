#!/usr/bin/env python3
"""Sends numbered frames with a checksum to an echo server over many connections, and compares what comes back.

usage: frames.py HOST PORT CONNECTIONS FRAMES SIZE
"""
import socket
import struct
import sys
import threading
import time
import zlib

HOST, PORT, CONNECTIONS, FRAMES, SIZE = sys.argv[1], *map(int, sys.argv[2:6])
HEADER = struct.Struct("!III")
PATIENCE = 60
failures = []


def frame(connection, number):
    body = (b"%d/%d " % (connection, number)).ljust(SIZE - HEADER.size, b".")
    return HEADER.pack(connection, number, zlib.crc32(body)) + body


def receive(stream, count):
    data = b""
    while len(data) < count:
        piece = stream.recv(count - len(data))
        if not piece:
            raise EOFError(f"the end after {len(data)} of {count} bytes")
        data += piece
    return data


def talk(connection):
    try:
        with socket.create_connection((HOST, PORT), timeout=PATIENCE) as stream:
            sender = threading.Thread(target=send, args=(connection, stream))
            sender.start()
            for number in range(FRAMES):
                if (got := receive(stream, SIZE)) != frame(connection, number):
                    raise ValueError(f"frame {number} of connection {connection} came back as {got[:40]!r}")
            sender.join()
    except Exception as error:
        failures.append(f"{connection}: {error!r}")


def send(connection, stream):
    try:
        for number in range(FRAMES):
            stream.sendall(frame(connection, number))
            # The talk is to last, so that faults meet it.
            time.sleep(0.01)
    except OSError as error:
        failures.append(f"{connection} sending: {error!r}")


threads = [threading.Thread(target=talk, args=(connection,)) for connection in range(CONNECTIONS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"{CONNECTIONS * FRAMES} frames, {len(failures)} failures")
for failure in failures[:5]:
    print(failure)
sys.exit(1 if failures else 0)
