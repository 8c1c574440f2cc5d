package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are taken below the range that the kernel gives to outgoing
// connections (32768 on Linux): while a component is stopped, a client that
// keeps dialling its port could otherwise be given that very port as its own,
// connect to itself, and keep the component from coming back.
const (
	firstPort = 20000
	lastPort  = 32000
)

// freePorts finds n ports on loopback that nobody listens on.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range 50 * n {
		port := firstPort + rand.IntN(lastPort-firstPort)
		l, err := net.Listen("tcp", local(port))
		if err != nil {
			continue
		}
		defer l.Close() // held until all are found: no port twice
		ports = append(ports, port)
		if len(ports) == n {
			return ports, nil
		}
	}
	return nil, errors.New("find free ports on 127.0.0.1: none between 20000 and 32000")
}

func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
