"""asyncio_echo.py LOOP ENDPOINT [echo|broadcast [CERTIFICATE KEY]]: an asyncio.Protocol, on the loop of asyncio or uvloop."""

import asyncio
import ssl
import sys

loop_name, endpoint = sys.argv[1:3]
behaviour = sys.argv[3] if len(sys.argv) > 3 else "echo"
clients = set()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Broadcast(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        clients.add(transport)
        transport.write(b"\0")  # the greeting: from here on it hears everything

    def data_received(self, data):
        for client in clients:
            client.write(data)

    def connection_lost(self, exception):
        clients.discard(self.transport)


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.transport.sendto(data, peer)


def certificate():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[4:6])
    return context


async def main():
    loop = asyncio.get_running_loop()
    protocol = Broadcast if behaviour == "broadcast" else Echo
    if endpoint.startswith("unix:"):
        await loop.create_unix_server(protocol, endpoint.removeprefix("unix:"), backlog=4096)
        port = 0
    else:
        scheme, _, address = endpoint.partition("://")
        host, _, port = address.partition(":")
        if scheme == "udp":
            transport, _ = await loop.create_datagram_endpoint(EchoDatagrams, (host, int(port)))
            port = transport.get_extra_info("sockname")[1]
        else:
            context = certificate() if scheme == "tls" else None
            server = await loop.create_server(protocol, host, int(port), ssl=context, backlog=4096)
            port = server.sockets[0].getsockname()[1]
    print("ready", port, flush=True)
    await asyncio.Event().wait()


if loop_name == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
