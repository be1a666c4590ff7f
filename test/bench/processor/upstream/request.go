package main

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// A connection to the gateway that is kept open, and opened again when it was closed.
type client struct {
	address    string
	connection net.Conn
	reader     *bufio.Reader
}

func newClient(target string) (*client, error) {
	parsed, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	return &client{address: parsed.Host}, nil
}

// Sends a request as it stands; a connection that the gateway has closed meanwhile is opened anew.
func (c *client) send(request []byte) error {
	if c.connection == nil {
		connection, err := net.DialTimeout("tcp", c.address, 10*time.Second)
		if err != nil {
			return err
		}
		c.connection, c.reader = connection, bufio.NewReaderSize(connection, 16<<10)
	}
	_, err := c.connection.Write(request)
	return err
}

func (c *client) close() {
	if c.connection != nil {
		_ = c.connection.Close()
	}
	c.connection = nil
}

// A chat request of this size in bytes, headers not counted.
func chatRequest(model string, size, maxTokens int, stream bool, headers ...string) []byte {
	start := fmt.Sprintf(`{"model":"%s","max_tokens":%d,`, model, maxTokens)
	if stream {
		start += `"stream":true,"stream_options":{"include_usage":true},`
	}
	start += `"messages":[{"role":"user","content":"`
	end := `"}]}`
	words := strings.Repeat("All work and no play makes a dull benchmark. ", size/45+1)
	body := start + words[:max(0, size-len(start)-len(end))] + end
	head := fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"+
		"content-type: application/json\r\ncontent-length: %d\r\n", len(body))
	for _, header := range headers {
		head += header + "\r\n"
	}
	return []byte(head + "\r\n" + body)
}
