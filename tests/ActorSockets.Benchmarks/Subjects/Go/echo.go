// echo ENDPOINT [echo|broadcast [CERTIFICATE KEY]]: a goroutine per connection, what Go programs of this kind do.
package main

import (
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"sync"
)

var (
	broadcasts bool
	mutex      sync.Mutex
	clients    = map[net.Conn]bool{}
)

func main() {
	endpoint := os.Args[1]
	broadcasts = len(os.Args) > 2 && os.Args[2] == "broadcast"
	if strings.HasPrefix(endpoint, "udp://") {
		serveDatagrams(strings.TrimPrefix(endpoint, "udp://"))
		return
	}

	listener := listen(endpoint)
	for {
		client, err := listener.Accept()
		check(err)
		go serve(client)
	}
}

func listen(endpoint string) net.Listener {
	if strings.HasPrefix(endpoint, "unix:") {
		listener, err := net.Listen("unix", strings.TrimPrefix(endpoint, "unix:"))
		check(err)
		fmt.Println("ready 0")
		return listener
	}

	scheme, address, _ := strings.Cut(endpoint, "://")
	listener, err := net.Listen("tcp", address)
	check(err)
	fmt.Println("ready", listener.Addr().(*net.TCPAddr).Port)
	if scheme == "tls" {
		certificate, err := tls.LoadX509KeyPair(os.Args[3], os.Args[4])
		check(err)
		return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}

	return listener
}

func serve(client net.Conn) {
	defer leave(client)
	if broadcasts {
		mutex.Lock()
		clients[client] = true
		client.Write([]byte{0}) // the greeting: from here on it hears everything
		mutex.Unlock()
	}

	buffer := make([]byte, 4096)
	for {
		count, err := client.Read(buffer)
		if err != nil {
			return
		}

		if broadcasts {
			broadcast(buffer[:count])
		} else if _, err := client.Write(buffer[:count]); err != nil {
			return
		}

		// A client that fills the buffer is given a larger one.
		if count == len(buffer) && count < 64*1024 {
			buffer = make([]byte, 2*count)
		}
	}
}

func broadcast(message []byte) {
	mutex.Lock()
	defer mutex.Unlock()
	for client := range clients {
		client.Write(message)
	}
}

func leave(client net.Conn) {
	mutex.Lock()
	delete(clients, client)
	mutex.Unlock()
	client.Close()
}

func serveDatagrams(address string) {
	resolved, err := net.ResolveUDPAddr("udp", address)
	check(err)
	socket, err := net.ListenUDP("udp", resolved)
	check(err)
	fmt.Println("ready", socket.LocalAddr().(*net.UDPAddr).Port)
	buffer := make([]byte, 64*1024)
	for {
		count, peer, err := socket.ReadFromUDPAddrPort(buffer)
		check(err)
		socket.WriteToUDPAddrPort(buffer[:count], peer)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
