package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// The answers to requests at a fixed rate.
type loadReport struct {
	Sent     int64   `json:"sent"`
	Failed   int64   `json:"failed"`
	Rate     float64 `json:"rate"`
	P50Ms    float64 `json:"p50Ms"`
	P90Ms    float64 `json:"p90Ms"`
	P99Ms    float64 `json:"p99Ms"`
	FirstBad string  `json:"firstBad,omitempty"`
}

// Sends requests at a constant rate whatever the answers take. A request that has to wait for a free connection
// counts from when it was due.
func load(args []string) (any, error) {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	target := flags.String("url", "http://127.0.0.1:1975", "where the gateway answers")
	model := flags.String("model", "bench", "model to ask for")
	size := flags.Int("size", 2048, "bytes of a body")
	tokens := flags.Int("tokens", 16, "tokens that are asked for")
	connections := flags.Int("connections", 64, "connections, an upper bound of requests under way")
	rate := flags.Float64("rate", 500, "requests a second")
	seconds := flags.Float64("seconds", 10, "how long")
	authorization := flags.String("authorization", "", "value of the authorization header")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var headers []string
	if *authorization != "" {
		headers = append(headers, "authorization: "+*authorization)
	}
	request := chatRequest(*model, *size, *tokens, false, headers...)
	total := int64(*rate * *seconds)
	var next, failed atomic.Int64
	var firstBad atomic.Pointer[string]
	var all durations
	var running sync.WaitGroup
	start := time.Now()
	for range *connections {
		client, err := newClient(*target)
		if err != nil {
			return nil, err
		}
		running.Go(func() {
			defer client.close()
			var own []time.Duration
			for {
				index := next.Add(1) - 1
				if index >= total {
					break
				}
				from := start.Add(time.Duration(float64(index) / *rate * float64(time.Second)))
				if wait := time.Until(from); wait > 0 {
					time.Sleep(wait)
					// What the timer is late is not the gateway's.
					from = time.Now()
				}
				if err := exchange(client, request); err != nil {
					failed.Add(1)
					text := err.Error()
					firstBad.CompareAndSwap(nil, &text)
				} else {
					own = append(own, time.Since(from))
				}
			}
			all.add(own)
		})
	}
	running.Wait()
	took := time.Since(start).Seconds()
	report := loadReport{
		Sent: total, Failed: failed.Load(), Rate: float64(total) / took,
		P50Ms: all.quantileMs(0.5), P90Ms: all.quantileMs(0.9), P99Ms: all.quantileMs(0.99),
	}
	if text := firstBad.Load(); text != nil {
		report.FirstBad = *text
	}
	return report, nil
}

// One request and the whole of its answer; anything but 200 is an error.
func exchange(client *client, request []byte) error {
	if err := client.send(request); err != nil {
		client.close()
		return err
	}
	response, err := http.ReadResponse(client.reader, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		client.close()
		return err
	}
	if response.Close {
		client.close()
	}
	if response.StatusCode != 200 {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}
