"""threading_tcp_server.py ENDPOINT: socketserver with a thread per connection."""

import socket
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def setup(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 4096  # the default of 5 makes clients that come together wait for seconds


host, port = sys.argv[1].removeprefix("tcp://").split(":")
with Server((host, int(port)), Echo) as server:
    print("ready", server.server_address[1], flush=True)
    server.serve_forever()
