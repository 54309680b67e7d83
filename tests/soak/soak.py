#!/usr/bin/env python3
"""A soak: the program serves TCP, TLS, Unix and UDP for a long time, everything that comes back is compared, and its memory is watched.

usage: soak.py [--minutes=30] [--driver=native] [PROGRAM ...]

PROGRAM is what starts the server; without it, dotnet run on the sources beside this file. Prints a line a minute, and at
the end how fast memory grew after the first third; exits with 1 where that is 1 MiB in ten minutes or more, or where
anything came back wrong.
"""
import argparse
import os
import pathlib
import random
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LARGEST = 1 << 20
CONNECTIONS_OF_EACH_KIND = 8
# Of one core, all clients together; more tells nothing about a leak.
BYTES_PER_SECOND = 1 << 20

over = threading.Event()
failures = []
counts = {"frames": 0, "bytes": 0, "connections": 0, "datagrams": 0}


class Failure(Exception):
    """Something came back that was not sent, or did not come back."""


def length():
    """Most frames are small, some are large."""
    return max(1, int(LARGEST ** random.random()))


def receive(stream, count):
    pieces = []
    while count:
        piece = stream.recv(min(count, 65536))
        if not piece:
            raise Failure("the connection ended")
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def send(stream, data, failed):
    """In pieces of any size; TLS streams are not for two threads, so they get one piece at a time."""
    try:
        while data:
            size = random.randint(1, len(data))
            stream.sendall(data[:size])
            data = data[size:]
    except OSError as error:
        failed.append(error)


def exchange(stream):
    data = os.urandom(length())
    failed = []
    if isinstance(stream, ssl.SSLSocket):
        back = b""
        while len(back) < len(data):
            piece = data[len(back):len(back) + random.randint(1, 16384)]
            stream.sendall(piece)
            back += receive(stream, len(piece))
    else:
        sender = threading.Thread(target=send, args=(stream, data, failed))
        sender.start()
        back = receive(stream, len(data))
        sender.join()
    if failed or back != data:
        raise Failure(f"{len(data)} bytes came back otherwise {failed}")
    counts["frames"] += 1
    counts["bytes"] += len(data)
    return len(data)


def talk(connect):
    share = BYTES_PER_SECOND / (3 * CONNECTIONS_OF_EACH_KIND)
    while not over.is_set():
        try:
            with connect() as stream:
                stream.settimeout(60)
                counts["connections"] += 1
                for _ in range(random.randint(1, 50)):
                    if over.is_set():
                        return
                    over.wait(exchange(stream) / share)
                if random.random() < 0.2:
                    # Some go without a farewell, with something under way.
                    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    stream.sendall(os.urandom(1000))
        except (OSError, Failure) as error:
            failures.append(repr(error))
            over.wait(1)


def ask(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.connect(address)
        while not over.is_set():
            data = os.urandom(random.randint(0, 1400))
            try:
                client.send(data)
                while client.recv(2000) != data:
                    pass
                counts["datagrams"] += 1
            except TimeoutError:
                pass
            over.wait(0.01)


def resident(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def slope(samples):
    """Least squares, bytes per second."""
    mean_time = sum(at for at, _ in samples) / len(samples)
    mean = sum(value for _, value in samples) / len(samples)
    return sum((at - mean_time) * (value - mean) for at, value in samples) / sum((at - mean_time) ** 2 for at, _ in samples)


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(directory, driver, program):
    tcp, tls, udp = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    unix, key, certificate = (str(directory / name) for name in ("soak.sock", "key.pem", "certificate.pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True, stderr=subprocess.DEVNULL)
    config = directory / "soak.conf"
    config.write_text(f"""
        actor-sockets.servers.soak {{
          handler = echo
          listen = [ "tcp://127.0.0.1:{tcp}", "udp://127.0.0.1:{udp}" ]
          driver = {driver}
        }}
        actor-sockets.servers.native {{
          handler = echo
          listen = [ "tls://127.0.0.1:{tls}", "unix:{unix}" ]
          tls {{ certificate = "{certificate}", key = "{key}" }}
        }}
        """, encoding="ascii")
    ready = directory / "ready.json"
    # Often enough collected that what grows is what is kept: at its own pace .NET lets garbage gather for half an hour.
    environment = {**os.environ, "DOTNET_GCgen0size": "400000"}
    process = subprocess.Popen([*program, "--config", str(config), "--ready-file", str(ready)], stdout=subprocess.DEVNULL, env=environment)
    while not ready.exists():
        if process.poll() is not None:
            sys.exit("the program has not started")
        time.sleep(0.1)

    trust = ssl.create_default_context(cafile=certificate)
    trust.check_hostname = False

    def over_unix():
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(unix)
        return stream

    return process, [
        lambda: socket.create_connection(("127.0.0.1", tcp)),
        lambda: trust.wrap_socket(socket.create_connection(("127.0.0.1", tls))),
        over_unix,
    ], ("127.0.0.1", udp)


def main():
    parser = argparse.ArgumentParser(description="Serves for a long time, and watches memory.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--driver", default="native")
    parser.add_argument("program", nargs="*", default=["dotnet", "run", "-c", "Release", "--project", str(ROOT / "src" / "ActorSockets.Server"), "--"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        process, kinds, udp = start(pathlib.Path(directory), arguments.driver, arguments.program)
        threads = [threading.Thread(target=talk, args=(connect,)) for connect in kinds for _ in range(CONNECTIONS_OF_EACH_KIND)]
        threads += [threading.Thread(target=ask, args=(udp,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        samples, begin = [], time.monotonic()
        while (elapsed := time.monotonic() - begin) < arguments.minutes * 60 and process.poll() is None:
            samples.append((elapsed, resident(process)))
            if len(samples) % 6 == 1:
                print(f"{elapsed / 60:5.1f} min {samples[-1][1] / (1 << 20):7.1f} MiB {descriptors(process)} descriptors {counts} {len(failures)} failures", flush=True)
            over.wait(10)
        over.set()
        for thread in threads:
            thread.join()
        lived = process.poll() is None
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
    steady = [sample for sample in samples if sample[0] >= samples[-1][0] / 3]
    growth = slope(steady) * 600 / (1 << 20)
    print(f"memory: {growth:+.2f} MiB in ten minutes; {counts}; {len(failures)} failures {failures[:3]}; exit {code}")
    sys.exit(0 if lived and code == 0 and not failures and growth < 1 else 1)


main()
