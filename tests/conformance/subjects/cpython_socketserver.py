"""CPython's socketserver as a subject."""

import gc
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from queue import SimpleQueue

import protocol
from protocol import Refused, event, say

NAME = "socketserver"
MEGABYTE = 1024 * 1024

# As in CPython's tests; the default is half a second, which one case is about.
POLL_INTERVAL = 0.01

# There is nothing that "drain" and "handshake-timeout" could set: the cases show what that means.
KNOWN_OPTIONS = {
    "certificate", "child", "drain", "journal", "handshake-timeout", "raise", "read-timeout", "tick", "times", "verify",
}


class Journal:
    """Notes the calls of a request handler."""

    def setup(self):
        event("setup")
        super().setup()

    def handle(self):
        event("handle")
        self.serve()

    def finish(self):
        event("finish")
        super().finish()


class Plain(Journal, socketserver.BaseRequestHandler):
    pass


class Stream(Journal, socketserver.StreamRequestHandler):
    pass


class Datagram(Journal, socketserver.DatagramRequestHandler):
    pass


class Nothing(Plain):
    def serve(self):
        pass


class Hello(Plain):
    def serve(self):
        self.request.sendall(b"hello world\n")


class LineEcho(Stream):
    def serve(self):
        self.wfile.write(self.rfile.readline())


class Bad(Plain):
    def serve(self):
        raise SystemExit if self.server.options.get("raise") in ("exit", "stop") else ValueError("as asked")


class Writable(Stream):
    def serve(self):
        if self.wfile.writable() and self.wfile.fileno() == self.request.fileno():
            self.wfile.write(b"%d\n" % self.client_address[1])


class BigWriter(Stream):
    def serve(self):
        event("sent", length=self.wfile.write(b"write data\n"))
        event("received", line=self.rfile.readline().decode())
        event("sent", length=self.wfile.write(bytes(16 * MEGABYTE + 1)))


class UpperReceive(Plain):
    def serve(self):
        self.request.sendall(self.request.recv(1024).strip().upper())


class UpperUntilNewline(Plain):
    # As in the documentation of 3.15: the end of the stream is not looked for.
    def serve(self):
        pieces = [b""]
        total = 0
        while b"\n" not in pieces[-1] and total < 10_000:
            pieces.append(self.request.recv(2000))
            total += len(pieces[-1])
        self.request.sendall(b"".join(pieces).upper())


class UpperLine(Stream):
    def serve(self):
        self.wfile.write(self.rfile.readline(10_000).rstrip().upper())


class NamedEcho(Plain):
    def serve(self):
        data = str(self.request.recv(1024), "ascii")
        self.request.sendall(f"{threading.current_thread().name}: {data}".encode("ascii"))


class GreetAndEcho(Stream):
    def serve(self):
        self.wfile.write(b"ready\n")
        for line in self.rfile:
            self.wfile.write(line)


class StopFromHandler(Stream):
    def serve(self):
        self.rfile.readline()
        self.server.shutdown()
        self.wfile.write(b"stopping\n")


class DatagramLineEcho(Datagram):
    def serve(self):
        self.wfile.write(self.rfile.readline())


class DatagramUpper(Plain):
    def serve(self):
        data, sock = self.request
        sock.sendto(data.strip().upper(), self.client_address)


class DatagramScripted(Datagram):
    def serve(self):
        data = self.rfile.read()
        if data == b"raise":
            self.wfile.write(b"part")
            raise ValueError("as asked")
        if data != b"nothing":
            self.wfile.write(data)


HANDLERS = {
    "bad-handler": Bad,
    "big-writer": BigWriter,
    "datagram-line-echo": DatagramLineEcho,
    "datagram-scripted": DatagramScripted,
    "datagram-upper": DatagramUpper,
    "greet-and-echo": GreetAndEcho,
    "hello": Hello,
    "line-echo": LineEcho,
    "named-echo": NamedEcho,
    "nothing": Nothing,
    "stop-from-handler": StopFromHandler,
    "upper-line": UpperLine,
    "upper-receive": UpperReceive,
    "upper-until-newline": UpperUntilNewline,
    "writable": Writable,
}

SERVERS = {"tcp": socketserver.TCPServer, "tls": socketserver.TCPServer, "udp": socketserver.UDPServer,
           "unix": socketserver.UnixStreamServer, "unixgram": socketserver.UnixDatagramServer}

MIX_INS = {"sequential": (), "concurrent": (socketserver.ThreadingMixIn,)}


def server_class(scheme, preset):
    mix_ins = (socketserver.ForkingMixIn,) if preset.startswith("concurrent:") else protocol.choose(NAME, "preset", preset, MIX_INS)
    base = protocol.choose(NAME, "endpoint", scheme, SERVERS)

    class Server(*mix_ins, base):
        """Notes the calls of the server's hooks."""

        def verify_request(self, request, client_address):
            event("verify")
            if self.options.get("verify") == "raises":
                raise ValueError("as asked")
            return self.options.get("verify") != "false"

        def handle_error(self, request, client_address):
            event("error", error=type(sys.exc_info()[1]).__name__)

        def shutdown_request(self, request):
            super().shutdown_request(request)
            event("closed")

        def service_actions(self):
            super().service_actions()
            if self.options.get("tick"):
                event("tick")

        def running(self):
            if hasattr(self, "active_children"):
                return len(self.active_children or ())
            threads = getattr(self, "_threads", None)
            return sum(thread.is_alive() for thread in threads) if isinstance(threads, list) else 0

    if preset.startswith("concurrent:"):
        Server.max_children = int(preset.partition(":")[2])
    return Server


def make_server(listen, handler, preset, options):
    scheme, address = protocol.split(listen)
    server_type = server_class(scheme, preset)
    server_type.options = options
    handler.timeout = options.number("read-timeout")
    server = server_type(address, handler)
    if scheme == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.get("certificate"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


class Serving:
    """serve_forever in a thread of its own, as in the documentation's example of the mix-ins."""

    def __init__(self, server, poll_interval=0.5, ended=lambda: None):
        self._server, self._poll_interval, self._ended = server, poll_interval, ended
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._server.serve_forever(self._poll_interval)
        finally:
            self._ended()

    def stop(self):
        self._server.shutdown()
        self._thread.join()


def serve(arguments, options):
    words = SimpleQueue()

    def read_words():
        for word in protocol.words():
            words.put(word)

    server = make_server(arguments.listen, HANDLERS[arguments.handler], arguments.preset, options)
    child = start_child(options)
    signal.signal(signal.SIGTERM, lambda *_: words.put("stop"))
    threading.Thread(target=read_words, daemon=True).start()
    serving = Serving(server, options.number("tick", POLL_INTERVAL), lambda: words.put("ended"))
    say(ready=protocol.join(protocol.split(arguments.listen)[0], server.server_address))
    while (word := words.get()) not in ("stop", "ended"):
        answer(word, server, child)
    if word == "stop":
        serving.stop()
    server.server_close()
    say(stopped={"active": server.running()})


def answer(word, server, child):
    if word == "status":
        gc.collect()
        say(answer={"connections": server.running(), "workers": server.running()})
    elif word == "end child":
        child.stdin.close()
        say(answer={"exit": child.wait()})
    else:
        raise ValueError(f"unknown word: {word}")


def start_child(options):
    """A child process that is none of the server's business; it ends when its input does."""
    code = options.get("child")
    return code and subprocess.Popen(["sh", "-c", f"read line; exit {code}"], stdin=subprocess.PIPE)


def start_and_stop(arguments, options):
    """Starts servers, then stops each at once."""
    handler = HANDLERS["nothing"]
    servers = [make_server(arguments.listen, handler, arguments.preset, options) for _ in range(int(options.number("times")))]
    milliseconds = []
    for server in servers:
        serving = Serving(server, POLL_INTERVAL)
        begin = time.perf_counter()
        serving.stop()
        milliseconds.append((time.perf_counter() - begin) * 1000)
        server.server_close()
    early = 0
    for _ in servers:
        with make_server(arguments.listen, handler, arguments.preset, options) as server:
            Serving(server, POLL_INTERVAL).stop()
            early += 1
    say(answer={"stopped": len(milliseconds), "milliseconds": milliseconds, "before ready": early})


def start_then_stop(arguments, options):
    """Starts a server as it is by default, sees it serve, and stops it; again and again."""
    handler = HANDLERS["nothing"]
    milliseconds = []
    for _ in range(int(options.number("times"))):
        server = make_server(arguments.listen, handler, arguments.preset, options)
        begun = threading.Event()
        server.service_actions = begun.set
        serving = Serving(server)
        socket.create_connection(server.server_address, 10).close()
        begun.wait()
        begin = time.perf_counter()
        serving.stop()
        milliseconds.append((time.perf_counter() - begin) * 1000)
        server.server_close()
    say(answer={"stopped": len(milliseconds), "milliseconds": milliseconds})


def construct_and_close(arguments, options):
    """Makes a server that never serves."""
    server = make_server(arguments.listen, HANDLERS["nothing"], arguments.preset, options)
    server.server_close()
    say(answer={"sockets": protocol.sockets()})


def context_manager(arguments, options):
    with make_server(arguments.listen, HANDLERS["nothing"], arguments.preset, options) as server:
        say(ready=protocol.join("tcp", server.server_address))
        words = protocol.words()
        next(words)
    say(answer={"sockets": protocol.sockets()})
    next(words)


def fail_to_bind(arguments, options):
    """Binds what cannot be bound."""
    times = int(options.number("times"))
    host = protocol.split(arguments.listen)[1][0]
    with make_server(arguments.listen, HANDLERS["nothing"], "sequential", options) as occupant:
        before = protocol.sockets()
        answers = {}
        for what, port in (("invalid", -1), ("in use", occupant.server_address[1])):
            failed = named = 0
            for _ in range(times):
                try:
                    make_server(f"tcp://{host}:{port}", HANDLERS["nothing"], "sequential", options)
                except (OSError, OverflowError) as error:
                    failed += 1
                    named += host in str(error) and str(port) in str(error)
            answers[what] = {"failed": failed, "named": named}
        answers["sockets left"] = protocol.sockets() - before
    say(answer=answers)


def serve_one(arguments, options):
    """handle_request, each time a word asks for it."""
    with make_server(arguments.listen, LineEcho, "sequential", options) as server:
        outcomes = []
        server.handle_timeout = lambda: outcomes.append("TimedOut")
        server.process_request = lambda *request: (outcomes.append("Handled"), type(server).process_request(server, *request))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        say(ready=protocol.join("tcp", server.server_address))
        for word in protocol.words():
            if word == "stop":
                break
            server.timeout = float(word.removeprefix("serve "))
            server.handle_request()
            say(answer=outcomes.pop() if outcomes else "Rejected")


def exports(arguments, options):
    """Public names that the module does not export."""
    public = {name for name, value in vars(socketserver).items()
              if not name.startswith("_") and getattr(value, "__module__", None) == "socketserver"}
    say(answer={"violations": sorted(public - set(socketserver.__all__))})


PROGRAMS = {
    "construct-and-close": construct_and_close,
    "context-manager": context_manager,
    "exports": exports,
    "fail-to-bind": fail_to_bind,
    "serve-one": serve_one,
    "start-and-stop": start_and_stop,
    "start-then-stop": start_then_stop,
}


def main(arguments):
    if arguments.handler:
        protocol.choose(NAME, "handler", arguments.handler, HANDLERS)
    options = protocol.Options(NAME, arguments.options, KNOWN_OPTIONS)
    program = protocol.choose(NAME, "program", arguments.program, PROGRAMS) if arguments.program else serve
    program(arguments, options)
    return 0


if __name__ == "__main__":
    sys.exit(protocol.run(main))
