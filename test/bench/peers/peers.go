// The same programs as ../*.lisp for Go: peers NAME [ARGS]. One thread runs Go code (GOMAXPROCS=1), as in evjit.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func check(ok bool, what string) {
	if !ok {
		fmt.Fprintln(os.Stderr, "wrong:", what)
		os.Exit(1)
	}
}

var byProcessor = os.Getenv("EVJIT_BENCH_CLOCK") == "cpu"

// Nanoseconds by the clock, or of processor time (see ../_clock.lisp).
func now() int64 {
	if !byProcessor {
		return time.Now().UnixNano()
	}
	var use syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &use) == nil, "getrusage")
	return use.Utime.Nano() + use.Stime.Nano()
}

func each(start int64, count int) float64 { return float64(now()-start) / float64(count) }

func residentBytes() int {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return pages * os.Getpagesize()
}

func switches() float64 {
	const rounds = 1000000
	counts := [2]int{}
	var all sync.WaitGroup
	all.Add(2)
	start := now()
	for f := range counts {
		f := f
		go func() {
			for i := 0; i < rounds; i++ {
				runtime.Gosched()
				counts[f]++
			}
			all.Done()
		}()
	}
	all.Wait()
	ns := each(start, 2*rounds)
	check(counts == [2]int{rounds, rounds}, "both yielded to the end")
	return ns
}

func spawnAll(count int) (sum int) {
	results := make([]int, count)
	var all sync.WaitGroup
	all.Add(count)
	for i := 0; i < count; i++ {
		i := i
		go func() { results[i] = i; all.Done() }()
	}
	all.Wait()
	for _, r := range results {
		sum += r
	}
	return sum
}

func spawnEach(count int) (sum int) {
	done := make(chan int)
	for i := 0; i < count; i++ {
		i := i
		go func() { done <- i }()
		sum += <-done
	}
	return sum
}

func spawn(how string) float64 {
	const count = 1000000
	start := now()
	sum := map[string]func(int) int{"all": spawnAll, "each": spawnEach}[how](count)
	ns := each(start, count)
	check(sum == count*(count-1)/2, "sum of the results")
	return ns
}

func parked(howMany, how string) float64 {
	count, _ := strconv.Atoi(howMany)
	never := make(chan int)
	started := 0
	before := residentBytes()
	for i := 0; i < count; i++ {
		if how == "sleep" {
			go func() { started++; time.Sleep(time.Hour) }()
		} else {
			go func() { started++; <-never }()
		}
	}
	for started < count {
		runtime.Gosched()
	}
	return float64(residentBytes()-before) / float64(count)
}

func sleepers() float64 {
	const count = 1000000
	late := make([]int, 60000)
	seed := 1
	var all sync.WaitGroup
	all.Add(count)
	for i := 0; i < count; i++ {
		seed = (seed*1103515245 + 12345) % 2147483648
		delay := time.Duration(float64(seed) / 2147483648 * 1e9)
		go func() {
			start := time.Now()
			time.Sleep(delay)
			ms := (time.Since(start) - delay).Milliseconds()
			check(ms >= 0, "never early")
			late[ms]++
			all.Done()
		}()
	}
	all.Wait()
	ms := 0
	for seen := late[0]; seen*100 < 99*count; seen += late[ms] {
		ms++
	}
	return float64(ms)
}

func tree(number, size int, out chan int) {
	if size == 1 {
		out <- number
		return
	}
	part := size / 10
	children := make(chan int)
	for i := 0; i < 10; i++ {
		go tree(number+i*part, part, children)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-children
	}
	out <- sum
}

func skynet() float64 {
	const leaves = 1000000
	out := make(chan int)
	start := now()
	go tree(0, leaves, out)
	sum := <-out
	ns := each(start, leaves)
	check(sum == 499999500000, "sum of the leaves")
	return ns
}

func ring() float64 {
	const size, hops = 503, 5000000
	links := [size]chan int{}
	for i := range links {
		links[i] = make(chan int)
	}
	last := make(chan int)
	start := now()
	for i := range links {
		go func(i int) {
			for token := range links[i] {
				if token == 0 {
					last <- i + 1
					return
				}
				links[(i+1)%size] <- token - 1
			}
		}(i)
	}
	links[0] <- hops
	who := <-last
	ns := each(start, hops)
	check(who == 1+hops%size, "who held the token at the end")
	return ns
}

type numbered int

func (n numbered) Error() string { return "no luck" }

func failing(how string, n int, out chan error) {
	if how == "error" {
		out <- numbered(n)
		return
	}
	defer func() { out <- recover().(error) }()
	panic(numbered(n))
}

func fail(how string) float64 {
	const count = 300000
	out := make(chan error)
	sum := 0
	start := now()
	for i := 0; i < count; i++ {
		go failing(how, i, out)
		var e numbered
		check(errors.As(<-out, &e), "it failed")
		sum += int(e)
	}
	ns := each(start, count)
	check(sum == count*(count-1)/2, "sum of the errors")
	return ns
}

func abort() float64 {
	const count = 100000
	asleep, cleaned := 0, 0
	var all sync.WaitGroup
	all.Add(count)
	cancels := make([]context.CancelFunc, count)
	for i := range cancels {
		ctx, cancel := context.WithCancel(context.Background())
		cancels[i] = cancel
		go func() {
			defer all.Done()
			defer func() { cleaned++ }()
			timer := time.NewTimer(time.Minute)
			defer timer.Stop()
			asleep++
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
		}()
	}
	for asleep < count {
		runtime.Gosched()
	}
	start := now()
	for _, cancel := range cancels {
		cancel()
	}
	all.Wait()
	ns := each(start, count)
	check(cleaned == count, "every cleanup ran")
	return ns
}

func main() {
	runtime.GOMAXPROCS(1)
	a := append(os.Args[1:], "", "")
	programs := map[string]func() float64{
		"switch": switches, "spawn": func() float64 { return spawn(a[1]) }, "parked": func() float64 { return parked(a[1], a[2]) },
		"sleepers": sleepers, "skynet": skynet, "ring": ring, "fail": func() float64 { return fail(a[1]) }, "abort": abort}
	fmt.Println("bench:", programs[a[0]]())
}
