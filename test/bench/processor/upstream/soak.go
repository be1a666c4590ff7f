package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// What became of the requests of a soak.
type soakCounts struct {
	Sent       atomic.Int64
	Answered   atomic.Int64
	Streamed   atomic.Int64
	Cut        atomic.Int64
	Refused    atomic.Int64
	Lost       atomic.Int64
	Unexpected atomic.Int64
}

func (c *soakCounts) report() map[string]int64 {
	return map[string]int64{
		"sent": c.Sent.Load(), "answered": c.Answered.Load(), "streamed": c.Streamed.Load(), "cut": c.Cut.Load(),
		"refused": c.Refused.Load(), "lost": c.Lost.Load(), "unexpected": c.Unexpected.Load(),
	}
}

// Of 100 requests: 70 whole answers, 20 streams read to their end, 5 streams that the client cuts, 5 errors of the
// model server, spread evenly. The header x-bench-team tells the streams
// that are cut from all others. Writes a line of JSON each second and a last one.
func soak(args []string) (any, error) {
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	target := flags.String("url", "http://127.0.0.1:1975", "where the gateway answers")
	model := flags.String("model", "bench", "model to ask for")
	size := flags.Int("size", 2048, "bytes of a body")
	connections := flags.Int("connections", 16, "connections")
	requests := flags.Int64("requests", 10_000, "requests in all")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var counts soakCounts
	var firstBad atomic.Pointer[string]
	done := make(chan struct{})
	go tellProgress(&counts, done)
	var running sync.WaitGroup
	for range *connections {
		client, err := newClient(*target)
		if err != nil {
			return nil, err
		}
		running.Go(func() {
			defer client.close()
			traffic := newTraffic(*model, *size)
			for {
				index := counts.Sent.Add(1)
				if index > *requests {
					counts.Sent.Add(-1)
					return
				}
				if err := traffic.one(client, index, &counts); err != nil {
					text := err.Error()
					firstBad.CompareAndSwap(nil, &text)
				}
			}
		})
	}
	running.Wait()
	close(done)
	report := map[string]any{}
	for name, value := range counts.report() {
		report[name] = value
	}
	if text := firstBad.Load(); text != nil {
		report["firstBad"] = *text
	}
	return report, nil
}

func tellProgress(counts *soakCounts, done <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	encoder := json.NewEncoder(os.Stderr)
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			_ = encoder.Encode(counts.report())
		}
	}
}

type traffic struct{ plain, streamed, slow, failing []byte }

func newTraffic(model string, size int) *traffic {
	whole, cut := "x-bench-team: whole", "x-bench-team: cut"
	return &traffic{
		plain:    chatRequest(model, size, 16, false, whole),
		streamed: chatRequest(model, size, 40, true, whole),
		slow:     chatRequest(model, size, 2000, true, cut, "x-bench-rate: 1000"),
		failing:  chatRequest(model, size, 16, false, whole, "x-bench-status: 500"),
	}
}

func (t *traffic) one(client *client, index int64, counts *soakCounts) error {
	switch kind := index % 20; {
	case kind == 7:
		return t.expect(client, t.failing, 500, &counts.Refused, counts)
	case kind == 13:
		return t.cut(client, counts)
	case kind%5 == 4:
		return t.expect(client, t.streamed, 200, &counts.Streamed, counts)
	default:
		return t.expect(client, t.plain, 200, &counts.Answered, counts)
	}
}

func (t *traffic) expect(client *client, request []byte, status int, good *atomic.Int64, counts *soakCounts) error {
	response, err := open(client, request)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		client.close()
		counts.Lost.Add(1)
		return err
	}
	if response.Close {
		client.close()
	}
	if response.StatusCode != status {
		counts.Unexpected.Add(1)
		return fmt.Errorf("status %d where %d was expected", response.StatusCode, status)
	}
	good.Add(1)
	return nil
}

// Goes away after some chunks of a stream.
func (t *traffic) cut(client *client, counts *soakCounts) error {
	response, err := open(client, t.slow)
	if err != nil {
		client.close()
		counts.Lost.Add(1)
		return err
	}
	if response.StatusCode != 200 {
		client.close()
		counts.Unexpected.Add(1)
		return fmt.Errorf("status %d on a stream", response.StatusCode)
	}
	lines := bufio.NewScanner(response.Body)
	for read := 0; read < 20 && lines.Scan(); read++ {
	}
	client.close()
	counts.Cut.Add(1)
	return nil
}

func open(client *client, request []byte) (*http.Response, error) {
	if err := client.send(request); err != nil {
		return nil, err
	}
	return http.ReadResponse(client.reader, nil)
}
