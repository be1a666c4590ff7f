package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Chunks of streams that run side by side.
type streamsReport struct {
	Streams int   `json:"streams"`
	Failed  int64 `json:"failed"`
	Chunks  int   `json:"chunks"`
	// From the first request to the end of the last answer.
	Seconds float64 `json:"seconds"`
	// Between two chunks of a stream.
	GapP50Ms float64 `json:"gapP50Ms"`
	GapP99Ms float64 `json:"gapP99Ms"`
	// From the model server's write to the client's read.
	DelayP50Ms float64 `json:"delayP50Ms"`
	DelayP99Ms float64 `json:"delayP99Ms"`
	// Until the first chunk.
	FirstP50Ms float64 `json:"firstP50Ms"`
	FirstP99Ms float64 `json:"firstP99Ms"`
	FirstBad   string  `json:"firstBad,omitempty"`
}

type chunkTimes struct{ gap, delay, first durations }

// Opens the streams over one second, so that their chunks do not come in step, and reads each to its end.
func streams(args []string) (any, error) {
	flags := flag.NewFlagSet("streams", flag.ExitOnError)
	target := flags.String("url", "http://127.0.0.1:1975", "where the gateway answers")
	model := flags.String("model", "bench", "model to ask for")
	size := flags.Int("size", 2048, "bytes of a body")
	count := flags.Int("streams", 200, "streams at the same time")
	tokens := flags.Int("tokens", 1000, "tokens of a stream")
	rate := flags.Float64("rate", 100, "tokens a second of a stream")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	request := chatRequest(*model, *size, *tokens, true, fmt.Sprintf("x-bench-rate: %g", *rate))
	var times chunkTimes
	var failed atomic.Int64
	var firstBad atomic.Pointer[string]
	var running sync.WaitGroup
	start := time.Now()
	for index := range *count {
		client, err := newClient(*target)
		if err != nil {
			return nil, err
		}
		running.Go(func() {
			defer client.close()
			time.Sleep(time.Duration(index) * time.Second / time.Duration(*count))
			if err := readStream(client, request, *tokens, &times); err != nil {
				failed.Add(1)
				text := err.Error()
				firstBad.CompareAndSwap(nil, &text)
			}
		})
	}
	running.Wait()
	report := streamsReport{
		Streams: *count, Failed: failed.Load(), Chunks: len(times.delay.values), Seconds: time.Since(start).Seconds(),
		GapP50Ms: times.gap.quantileMs(0.5), GapP99Ms: times.gap.quantileMs(0.99),
		DelayP50Ms: times.delay.quantileMs(0.5), DelayP99Ms: times.delay.quantileMs(0.99),
		FirstP50Ms: times.first.quantileMs(0.5), FirstP99Ms: times.first.quantileMs(0.99),
	}
	if text := firstBad.Load(); text != nil {
		report.FirstBad = *text
	}
	return report, nil
}

var writtenAt = []byte(`data: {"id":"chatcmpl-`)

func readStream(client *client, request []byte, tokens int, times *chunkTimes) error {
	start := time.Now()
	if err := client.send(request); err != nil {
		return err
	}
	response, err := http.ReadResponse(client.reader, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != 200 {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	gaps := make([]time.Duration, 0, tokens)
	delays := make([]time.Duration, 0, tokens)
	var last time.Time
	isDone := false
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		isDone = isDone || bytes.Equal(lines.Bytes(), []byte("data: [DONE]"))
		rest, found := bytes.CutPrefix(lines.Bytes(), writtenAt)
		if !found {
			continue
		}
		now := time.Now()
		end := bytes.IndexByte(rest, '"')
		written, err := strconv.ParseInt(string(rest[:max(0, end)]), 10, 64)
		if err != nil {
			// The frame with the usage.
			continue
		}
		delays = append(delays, now.Sub(time.UnixMicro(written)))
		if last.IsZero() {
			times.first.add([]time.Duration{now.Sub(start)})
		} else {
			gaps = append(gaps, now.Sub(last))
		}
		last = now
	}
	times.gap.add(gaps)
	times.delay.add(delays)
	if err := lines.Err(); err != nil {
		return err
	}
	if len(delays) != tokens || !isDone {
		return fmt.Errorf("%d of %d tokens arrived", len(delays), tokens)
	}
	return nil
}
