#!/usr/bin/env python3
"""Opens connections, says a line on each, and holds them until its own input ends: it writes nothing more, and reads
nothing either, or, where SECONDS are given, steadily whatever comes. Says "held" when all have been answered, and, with
SECONDS, when each has had something to read to the end of that time.

usage: hold.py HOST PORT CONNECTIONS [SECONDS]
"""
import select
import socket
import sys
import time

PIECE, PAUSE = 16 * 1024, 0.05


def read_on(streams, seconds):
    """Slower than the server could write, so that something is always unsent; for ever where no time is given."""
    end = time.monotonic() + seconds
    last = dict.fromkeys(streams)
    while time.monotonic() < end:
        if select.select([sys.stdin], [], [], PAUSE)[0]:
            sys.exit()
        for stream in select.select(streams, [], [], 0)[0]:
            if not stream.recv(PIECE):
                sys.exit("the end")
            last[stream] = time.monotonic()
    if any(at is None or end - at > 1 for at in last.values()):
        sys.exit("a connection has nothing to read")


held = [socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) for _ in range(int(sys.argv[3]))]
for stream in held:
    stream.sendall(b"hello\n")
    stream.recv(1)
if len(sys.argv) > 4:
    read_on(held, float(sys.argv[4]))
print("held", flush=True)
if len(sys.argv) > 4:
    read_on(held, float("inf"))
sys.stdin.read()
