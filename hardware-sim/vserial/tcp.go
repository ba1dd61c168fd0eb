package vserial

import (
	"context"
	"net"
	"sync"
)

// bridge is a line whose host is at the other end of a TCP connection, as
// behind the Wi-Fi part of a dongle.
type bridge struct {
	device
	host    *Host
	conn    net.Conn
	ended   sync.WaitGroup
	closing sync.Once
}

// TCP is a line to whoever is connected, at the speed of the dongle's own
// UART: its other end stays at Options.Baud. When the client leaves, Read says
// io.EOF. Close ends the connection.
func TCP(conn net.Conn, o Options) Conn {
	c := newCable(o)
	b := &bridge{device: device{c.device}, host: &Host{end: c.host}, conn: conn}
	b.ended.Go(b.receive)
	b.ended.Go(b.send)
	return b
}

// receive takes what the client sends.
func (b *bridge) receive() {
	p := make([]byte, hostQueue)
	for {
		n, err := b.conn.Read(p)
		if b.host.Write(context.Background(), p[:n]) != nil {
			return
		}
		if err != nil {
			_ = b.host.Close()
			return
		}
	}
}

// send gives the client what arrives for it.
func (b *bridge) send() {
	p := make([]byte, hostQueue)
	for {
		n, err := b.host.Read(context.Background(), p)
		if err != nil {
			return
		}
		if _, err := b.conn.Write(p[:n]); err != nil {
			_ = b.host.Close()
			return
		}
	}
}

func (b *bridge) Close() error {
	var err error
	b.closing.Do(func() {
		b.end.close()
		err = b.conn.Close()
		b.ended.Wait()
	})
	return err
}
