// Command benchtraffic is both ends of a benchmark: the model server behind the gateway, and the clients in front
// of it. It is one small program with the standard library alone, so that little of the machine's time is its own.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) (any, error){
		"serve":   serve,
		"load":    load,
		"streams": streams,
		"soak":    soak,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: benchtraffic serve|load|streams|soak [flags]")
		os.Exit(2)
	}
	report, err := commands[os.Args[1]](os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		os.Exit(1)
	}
}
