#!/usr/bin/env python3
"""Opens connections, says a line on each, and then neither reads nor writes until its own input ends.

usage: hold.py HOST PORT CONNECTIONS
"""
import socket
import sys

held = [socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) for _ in range(int(sys.argv[3]))]
for stream in held:
    stream.sendall(b"hello\n")
    stream.recv(1)
print("held", flush=True)
sys.stdin.read()
