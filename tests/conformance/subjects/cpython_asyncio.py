"""CPython's asyncio as a subject: streams, protocols and datagram protocols."""

import asyncio
import functools
import gc
import itertools
import signal
import socket
import ssl
import sys
import threading
import time

import protocol
from protocol import Refused, event, say

NAME = "asyncio"
MEGABYTE = 1024 * 1024

# There is nothing that "drain" and "half-open-timeout" could set: the cases show what that means.
KNOWN_OPTIONS = {"certificate", "drain", "half-open-timeout", "handshake-timeout", "journal", "times"}


class Callbacks(asyncio.Protocol):
    """Notes the calls of a protocol."""

    numbers = itertools.count(1)
    live = set()

    def __init__(self, server):
        self.server = server
        self.number = next(self.numbers)

    def connection_made(self, transport):
        self.transport = transport
        self.live.add(self.number)
        event("made", connection=self.number)

    def data_received(self, data):
        event("data", connection=self.number)
        self.received(data)

    def eof_received(self):
        event("eof", connection=self.number)

    def connection_lost(self, error):
        self.live.discard(self.number)
        event("lost", connection=self.number, reason=type(error).__name__ if error else "none")

    def received(self, data):
        self.transport.write(data)


class EchoAll(Callbacks):
    pass


class EchoOnce(Callbacks):
    def received(self, data):
        data.decode()
        self.transport.write(data)
        self.transport.close()


class HalfOpen(Callbacks):
    def eof_received(self):
        super().eof_received()
        return True


class MadeRaises(Callbacks):
    def connection_made(self, transport):
        super().connection_made(transport)
        raise ValueError("as asked")


class DataRaises(Callbacks):
    def received(self, data):
        raise ValueError("as asked")


async def nothing(reader, writer, server):
    pass


async def line_echo(reader, writer, server):
    writer.write(await reader.readline())


async def hello(reader, writer, server):
    writer.write(b"hello world\n")


async def read_100(reader, writer, server):
    writer.write(await reader.read(100))
    await writer.drain()


async def greet_and_echo(reader, writer, server):
    writer.write(b"ready\n")
    async for line in reader:
        writer.write(line)
        await writer.drain()


async def big_writer(reader, writer, server):
    for piece in (b"write data\n", bytes(16 * MEGABYTE + 1)):
        writer.write(piece)
        await writer.drain()
        event("sent", length=len(piece))
        if len(piece) < MEGABYTE:
            event("received", line=(await reader.readline()).decode())


async def stop_from_handler(reader, writer, server):
    await reader.readline()
    server.stop()
    writer.write(b"stopping\n")


class DatagramEcho(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


STREAMS = {
    "big-writer": big_writer,
    "greet-and-echo": greet_and_echo,
    "hello": hello,
    "line-echo": line_echo,
    "line-limit": line_echo,
    "nothing": nothing,
    "read-100": read_100,
    "stop-from-handler": stop_from_handler,
}

PROTOCOLS = {
    "data-raises": DataRaises,
    "echo-all": EchoAll,
    "echo-once": EchoOnce,
    "half-open": HalfOpen,
    "made-raises": MadeRaises,
}

DATAGRAMS = {"datagram-echo": DatagramEcho, "datagram-line-echo": DatagramEcho}


class StreamServer:
    """A listening server and what is needed to stop it."""

    def __init__(self):
        self.stopping = asyncio.Event()
        self.tasks = set()

    @classmethod
    async def start(cls, listen, handler, options):
        self = cls()
        scheme, address = protocol.split(listen)
        keywords = self._tls(options) if scheme == "tls" else {}
        if handler in PROTOCOLS:
            loop = asyncio.get_running_loop()
            create = {"unix": loop.create_unix_server}.get(scheme, loop.create_server)
            serve = functools.partial(PROTOCOLS[handler], self)
        else:
            create = {"unix": asyncio.start_unix_server}.get(scheme, asyncio.start_server)
            serve = functools.partial(self._serve, STREAMS[handler])
        self._server = await create(serve, *([address] if scheme == "unix" else address), **keywords)
        self.endpoint = protocol.join(scheme, self._server.sockets[0].getsockname())
        return self

    def stop(self):
        self._server.close()
        self.stopping.set()

    async def wait_closed(self):
        await self._server.wait_closed()

    async def _serve(self, handler, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        await handler(reader, writer, self)
        writer.close()

    def active(self):
        return len(self.tasks) + len(Callbacks.live)

    @staticmethod
    def _tls(options):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.get("certificate"))
        return {"ssl": context, "ssl_handshake_timeout": options.number("handshake-timeout")}


class DatagramServer:
    @classmethod
    async def start(cls, listen, handler, options):
        self = cls()
        self.stopping = asyncio.Event()
        scheme, address = protocol.split(listen)
        family = {"unixgram": socket.AF_UNIX}.get(scheme, socket.AF_INET)
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            DATAGRAMS[handler], address, family=family)
        self.endpoint = protocol.join(scheme, self._transport.get_extra_info("sockname"))
        return self

    def stop(self):
        self._transport.close()
        self.stopping.set()

    async def wait_closed(self):
        pass

    def active(self):
        return 0


KINDS = {"tcp": StreamServer, "tls": StreamServer, "unix": StreamServer, "udp": DatagramServer, "unixgram": DatagramServer}


def note_errors(loop, context):
    if error := context.get("exception"):
        event("error", error=type(error).__name__)


async def serve(arguments, options):
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(note_errors)
    kind = protocol.choose(NAME, "endpoint", protocol.split(arguments.listen)[0], KINDS)
    server = await kind.start(arguments.listen, arguments.handler, options)
    loop.add_signal_handler(signal.SIGTERM, server.stop)
    threading.Thread(target=read_words, args=(loop, server), daemon=True).start()
    say(ready=server.endpoint)
    await server.stopping.wait()
    begin = time.perf_counter()
    await server.wait_closed()
    say(stopped={"active": server.active(), "milliseconds": (time.perf_counter() - begin) * 1000})


def read_words(loop, server):
    for word in protocol.words():
        loop.call_soon_threadsafe(answer, word, server)


def answer(word, server):
    if word == "stop":
        server.stop()
    elif word == "status":
        gc.collect()
        say(answer={"connections": server.active(), "workers": server.active()})
    else:
        raise ValueError(f"unknown word: {word}")


async def start_and_stop(arguments, options):
    servers = [await StreamServer.start(arguments.listen, "nothing", options) for _ in range(int(options.number("times")))]
    milliseconds = []
    for server in servers:
        begin = time.perf_counter()
        server.stop()
        await server.wait_closed()
        milliseconds.append((time.perf_counter() - begin) * 1000)
    early = 0
    for _ in servers:
        start = asyncio.create_task(StreamServer.start(arguments.listen, "nothing", options))
        start.cancel()
        early += (await asyncio.wait([start]))[0] == {start}
    say(answer={"stopped": len(milliseconds), "milliseconds": milliseconds, "before ready": early})


async def construct_and_close(arguments, options):
    server = await asyncio.start_server(nothing, *protocol.split(arguments.listen)[1], start_serving=False)
    server.close()
    say(answer={"sockets": protocol.sockets() - OWN_SOCKETS})


async def context_manager(arguments, options):
    closed = asyncio.Event()

    async def close(reader, writer):
        writer.close()
        closed.set()

    async with await asyncio.start_server(close, *protocol.split(arguments.listen)[1]) as server:
        say(ready=protocol.join("tcp", server.sockets[0].getsockname()))
        words = protocol.words()
        await asyncio.to_thread(next, words)

        # A connection that is accepted in the very moment of the end is leaked, now and then.
        await closed.wait()
    end = time.monotonic() + 5
    while (left := protocol.sockets() - OWN_SOCKETS) and time.monotonic() < end:
        await asyncio.sleep(0.01)
    say(answer={"sockets": left})
    await asyncio.to_thread(next, words)


async def fail_to_bind(arguments, options):
    times = int(options.number("times"))
    host = protocol.split(arguments.listen)[1][0]
    occupant = await asyncio.start_server(nothing, host, 0)
    before = protocol.sockets()
    answers = {}
    for what, port in (("invalid", -1), ("in use", occupant.sockets[0].getsockname()[1])):
        failed = named = 0
        for _ in range(times):
            try:
                await asyncio.start_server(nothing, host, port)
            except (OSError, OverflowError) as error:
                failed += 1
                named += host in str(error) and str(port) in str(error)
        answers[what] = {"failed": failed, "named": named}
    answers["sockets left"] = protocol.sockets() - before
    say(answer=answers)


async def adopt(arguments, options):
    """Serves a connection that it has not accepted itself."""
    loop = asyncio.get_running_loop()
    with socket.create_server(protocol.split(arguments.listen)[1]) as listener:
        say(ready=protocol.join("tcp", listener.getsockname()))
        connection, _ = await asyncio.to_thread(listener.accept)
    done = asyncio.Event()

    class Adopted(EchoAll):
        def connection_lost(self, error):
            super().connection_lost(error)
            done.set()

    await loop.connect_accepted_socket(functools.partial(Adopted, None), connection)
    await done.wait()


# The event loop has a pair to wake itself up with.
OWN_SOCKETS = 2

PROGRAMS = {
    "adopt": adopt,
    "construct-and-close": construct_and_close,
    "context-manager": context_manager,
    "fail-to-bind": fail_to_bind,
    "start-and-stop": start_and_stop,
    "start-then-stop": start_and_stop,
}


def main(arguments):
    if arguments.preset != "concurrent":
        raise Refused(f"{NAME} has no preset '{arguments.preset}'")
    if arguments.handler:
        protocol.choose(NAME, "handler", arguments.handler, STREAMS | PROTOCOLS | DATAGRAMS)
    options = protocol.Options(NAME, arguments.options, KNOWN_OPTIONS)
    program = protocol.choose(NAME, "program", arguments.program, PROGRAMS) if arguments.program else serve
    asyncio.run(program(arguments, options))
    return 0


if __name__ == "__main__":
    sys.exit(protocol.run(main))
