"""A client by TLS, to be used as a plain socket is."""

import socket
import ssl

CHUNK = 65536


class TlsClient:
    """Not ssl.SSLSocket: that cannot finish sending and go on receiving, which TLS can. An end is one only if TLS says so."""

    def __init__(self, client, waits=False):
        """One that waits to be accepted shakes hands later: when it is read from; until then it keeps what is to be sent."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._socket, self._in, self._out = client, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out)
        self._ahead = self._unsent = b""
        self._is_shaken = False
        if not waits:
            self._shake()
        self.close, self.getsockname = client.close, client.getsockname
        self.setsockopt, self.settimeout = client.setsockopt, client.settimeout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def sendall(self, data):
        if self._is_shaken:
            self._tls.write(data)
            self._flush()
        else:
            self._unsent += data

    def recv(self, length):
        if not self._ahead:
            self._ahead = self._read()
        data, self._ahead = self._ahead[:length], self._ahead[length:]
        return data

    def shutdown(self, how):
        assert how == socket.SHUT_WR
        try:
            # It says our end, and then asks for the other side's, which may come later.
            self._tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self._flush()
        self._socket.shutdown(how)

    def is_silent(self):
        """Whether nothing has arrived; messages of TLS itself, such as session tickets, do not count."""
        timeout = self._socket.gettimeout()
        self._socket.setblocking(False)
        try:
            self._ahead = self._ahead or self._read()
            return False
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(timeout)

    def _shake(self):
        self._with_input(self._tls.do_handshake)
        self._flush()
        self._is_shaken = True
        if self._unsent:
            self.sendall(self._unsent)

    def _read(self):
        if not self._is_shaken:
            self._shake()
        try:
            return self._with_input(lambda: self._tls.read(CHUNK))
        except ssl.SSLZeroReturnError:
            return b""

    def _with_input(self, step):
        """Does something of TLS, with as much of what arrives as it needs."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self._flush()
                if piece := self._socket.recv(CHUNK):
                    self._in.write(piece)
                else:
                    self._in.write_eof()

    def _flush(self):
        # Sending nothing is an error, too, after the end of what is sent.
        if data := self._out.read():
            self._socket.sendall(data)
