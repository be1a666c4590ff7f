package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// What the server has done since it started, or since POST /reset.
type served struct {
	// Requests for answers, of any outcome.
	Requests atomic.Int64
	// Answers that were written to their end.
	Complete atomic.Int64
	// Answers with a status that the client asked for by x-bench-status.
	Refused atomic.Int64
	// Streams whose reader went away.
	Cut atomic.Int64
	// Tokens of complete answers, as their usage says.
	PromptTokens     atomic.Int64
	CompletionTokens atomic.Int64
	// Of streams that were cut: the prompts' tokens, and the tokens that were written before.
	CutPromptTokens     atomic.Int64
	CutCompletionTokens atomic.Int64
}

func (s *served) fields() map[string]*atomic.Int64 {
	return map[string]*atomic.Int64{
		"requests": &s.Requests, "complete": &s.Complete, "refused": &s.Refused, "cut": &s.Cut,
		"promptTokens": &s.PromptTokens, "completionTokens": &s.CompletionTokens,
		"cutPromptTokens": &s.CutPromptTokens, "cutCompletionTokens": &s.CutCompletionTokens,
	}
}

type upstream struct {
	served
	// Before the first byte of an answer.
	latency time.Duration
	// Completion tokens of a request that names no cap.
	tokens int
	// Tokens a second of a stream; 0: as fast as they are taken.
	rate float64
}

func serve(args []string) (any, error) {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "address to listen on")
	up := &upstream{}
	flags.DurationVar(&up.latency, "latency", 0, "time before the first byte of an answer")
	flags.IntVar(&up.tokens, "tokens", 16, "completion tokens when the request names no cap")
	flags.Float64Var(&up.rate, "rate", 0, "tokens a second of a stream; 0: no pauses")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return nil, err
	}
	fmt.Printf("{\"listening\":%q}\n", listener.Addr())
	for {
		connection, err := listener.Accept()
		if err != nil {
			return nil, err
		}
		go up.converse(connection)
	}
}

var errCut = errors.New("the reader went away")

func (up *upstream) converse(connection net.Conn) {
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 16<<10)
	var body bytes.Buffer
	out := make([]byte, 0, 4<<10)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body.Reset()
		if _, err := body.ReadFrom(request.Body); err != nil {
			return
		}
		switch {
		case request.Method == http.MethodPost && request.URL.Path != "/reset":
			out, err = up.answer(connection, request, body.Bytes(), out[:0])
		default:
			out = up.control(request, out[:0])
			_, err = connection.Write(out)
		}
		if err != nil || request.Close {
			return
		}
	}
}

func (up *upstream) control(request *http.Request, out []byte) []byte {
	values := map[string]int64{}
	for name, value := range up.fields() {
		if request.URL.Path == "/reset" {
			value.Store(0)
		}
		values[name] = value.Load()
	}
	text, _ := json.Marshal(values)
	return append(appendHead(out, 200, "application/json", len(text)), text...)
}

func (up *upstream) answer(connection net.Conn, request *http.Request, body, out []byte) ([]byte, error) {
	up.Requests.Add(1)
	if up.latency > 0 {
		time.Sleep(up.latency)
	}
	if status, err := strconv.Atoi(request.Header.Get("X-Bench-Status")); err == nil {
		up.Refused.Add(1)
		text := `{"error":{"message":"asked for","type":"server_error","param":null,"code":null}}`
		out = append(appendHead(out, status, "application/json", len(text)), text...)
		_, err := connection.Write(out)
		return out, err
	}
	prompt := len(body) / 4
	completion := integerOf(body, `"max_tokens":`, up.tokens)
	if bytes.Contains(body, []byte(`"stream":true`)) {
		return up.stream(connection, request, body, prompt, completion, out)
	}
	text := fmt.Appendf(nil, `{"id":"chatcmpl-bench","object":"chat.completion","created":1,"model":"bench",`+
		`"choices":[{"index":0,"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],%s}`,
		bytes.Repeat([]byte(" word"), completion), usage(prompt, completion))
	out = append(appendHead(out, 200, "application/json", len(text)), text...)
	if _, err := connection.Write(out); err != nil {
		return out, err
	}
	up.finish(prompt, completion)
	return out, nil
}

func (up *upstream) finish(prompt, completion int) {
	up.Complete.Add(1)
	up.PromptTokens.Add(int64(prompt))
	up.CompletionTokens.Add(int64(completion))
}

// Each token is one chunk. Its id holds the time of writing in microseconds, so that a client on this machine can
// tell how long it was on its way.
func (up *upstream) stream(
	connection net.Conn, request *http.Request, body []byte, prompt, completion int, out []byte,
) ([]byte, error) {
	rate := up.rate
	if asked, err := strconv.ParseFloat(request.Header.Get("X-Bench-Rate"), 64); err == nil {
		rate = asked
	}
	out = append(out, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"...)
	start := time.Now()
	for token := range completion {
		if rate > 0 {
			time.Sleep(time.Until(start.Add(time.Duration(float64(token) / rate * float64(time.Second)))))
		}
		out = appendChunk(out, fmt.Appendf(nil, `data: {"id":"chatcmpl-%d","object":"chat.completion.chunk",`+
			`"created":1,"model":"bench","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}`+
			"\n\n", time.Now().UnixMicro()))
		if rate > 0 || len(out) > 3<<10 {
			if _, err := connection.Write(out); err != nil {
				up.Cut.Add(1)
				up.CutPromptTokens.Add(int64(prompt))
				up.CutCompletionTokens.Add(int64(token))
				return out, errCut
			}
			out = out[:0]
		}
	}
	if bytes.Contains(body, []byte(`"include_usage":true`)) {
		out = appendChunk(out, fmt.Appendf(nil, `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk",`+
			`"created":1,"model":"bench","choices":[],%s}`+"\n\n", usage(prompt, completion)))
	}
	out = appendChunk(out, []byte("data: [DONE]\n\n"))
	out = append(out, "0\r\n\r\n"...)
	if _, err := connection.Write(out); err != nil {
		up.Cut.Add(1)
		up.CutPromptTokens.Add(int64(prompt))
		up.CutCompletionTokens.Add(int64(completion))
		return out, errCut
	}
	up.finish(prompt, completion)
	return out, nil
}

func usage(prompt, completion int) string {
	return fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`,
		prompt, completion, prompt+completion)
}

func appendHead(out []byte, status int, contentType string, length int) []byte {
	return fmt.Appendf(out, "HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n",
		status, http.StatusText(status), contentType, length)
}

func appendChunk(out, data []byte) []byte {
	out = fmt.Appendf(out, "%x\r\n", len(data))
	return append(append(out, data...), "\r\n"...)
}

// The whole number that follows a key of the body, or what stands in for it.
func integerOf(body []byte, key string, absent int) int {
	_, rest, found := bytes.Cut(body, []byte(key))
	if !found {
		return absent
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	value, err := strconv.Atoi(string(rest[:end]))
	if err != nil {
		return absent
	}
	return value
}
