package main

import (
	"slices"
	"sync"
	"time"
)

// Measured times, gathered from several goroutines.
type durations struct {
	lock   sync.Mutex
	values []time.Duration
	sorted bool
}

func (d *durations) add(values []time.Duration) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.values = append(d.values, values...)
	d.sorted = false
}

// The smallest value that this share of all values does not exceed, in milliseconds; 0 when there are none.
func (d *durations) quantileMs(share float64) float64 {
	if len(d.values) == 0 {
		return 0
	}
	if !d.sorted {
		slices.Sort(d.values)
		d.sorted = true
	}
	index := min(len(d.values)-1, int(share*float64(len(d.values))))
	return float64(d.values[index].Microseconds()) / 1000
}
