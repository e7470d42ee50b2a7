//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/chromedp/chromedp"
)

// inside tells this test binary that it runs in a namespace without a route.
var inside = flag.Bool("inside", false, "this is a network namespace without a route; for TestAirGapped, which starts itself in one")

// TestAirGapped runs the program and a browser where there is no network but loopback:
// nothing is missing, and the program tries to reach nothing. Where the kernel lets
// nobody make such a place, TestNothingGoesOut is what is left.
func TestAirGapped(t *testing.T) {
	chromium(t)
	if !*inside {
		runAirGapped(t)
		return
	}
	if err := loopbackUp(); err != nil {
		t.Fatalf("loopback: %v", err)
	}
	seesAttempts(t)
	before := attempts(t)
	at, _ := servingProcess(t, "--data", t.TempDir())
	useEverything(t, at)
	if after := attempts(t); after != before {
		t.Errorf("wence tried to reach something: %s became %s", before, after)
	}
	browseEverything(t, at)
}

// runAirGapped runs this test once more in a network namespace of its own: with the rights
// to make one, or in a user namespace.
func runAirGapped(t *testing.T) {
	t.Helper()
	id := func(n int) []syscall.SysProcIDMap { return []syscall.SysProcIDMap{{HostID: n, Size: 1}} }
	var refused []error
	for _, attributes := range []*syscall.SysProcAttr{
		{Cloneflags: syscall.CLONE_NEWNET},
		{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER, UidMappings: id(os.Getuid()), GidMappings: id(os.Getgid())},
	} {
		var out bytes.Buffer
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAirGapped$", "-test.v", "-test.timeout=3m", "-inside")
		c.SysProcAttr, c.Stdout, c.Stderr = attributes, &out, &out
		if err := c.Start(); err != nil {
			refused = append(refused, err)
			continue
		}
		if err := c.Wait(); err != nil || !strings.Contains(out.String(), "--- PASS: TestAirGapped") {
			t.Fatalf("without a route: %v\n%s", err, &out)
		}
		return
	}
	for _, no := range []error{syscall.EPERM, syscall.EINVAL, syscall.ENOSYS, syscall.ENOSPC, syscall.EUSERS} {
		if errors.Is(refused[1], no) {
			t.Skipf("NOT TESTED WITHOUT A ROUTE: the kernel refuses a network namespace (%v); run the tests where unshare -n works", errors.Join(refused...))
		}
	}
	t.Fatal(errors.Join(refused...))
}

// loopbackUp brings up the loopback interface of a new namespace: see netdevice(7).
func loopbackUp() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd) //nolint:errcheck // of a test
	var request struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		rest  [22]byte
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); no != 0 {
		return no
	}
	return nil
}

// attempts returns how often anything in this namespace tried what cannot succeed: a
// packet without a route, a datagram (as to a name server) to a port without a process,
// a connection that is refused.
func attempts(t *testing.T) string {
	t.Helper()
	var out []string
	for _, counters := range [][2]string{
		{"/proc/self/net/snmp", "Ip.OutNoRoutes Udp.NoPorts Tcp.AttemptFails"}, {"/proc/self/net/snmp6", "Ip6OutNoRoutes Udp6NoPorts"},
	} {
		file, names := counters[0], counters[1]
		raw, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // a kernel without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{}
		var titles []string
		for line := range strings.Lines(string(raw)) {
			f := strings.Fields(line)
			switch {
			case len(f) == 2: // snmp6: a name and a number
				values[f[0]] = f[1]
			case len(titles) == len(f) && titles[0] == f[0]: // snmp: a line of names, a line of numbers
				for i := range f {
					values[strings.TrimSuffix(f[0], ":")+"."+titles[i]] = f[i]
				}
			default:
				titles = f
			}
		}
		for _, name := range strings.Fields(names) {
			if values[name] == "" {
				t.Fatalf("%s does not tell %s", file, name)
			}
			out = append(out, name+"="+values[name])
		}
	}
	return strings.Join(out, " ")
}

// seesAttempts checks that this is a place without a route, and that attempts are seen.
func seesAttempts(t *testing.T) {
	t.Helper()
	for _, far := range [][2]string{{"tcp", "192.0.2.1:80"}, {"udp", "192.0.2.1:53"}, {"tcp", "[2001:db8::1]:80"}, {"tcp", "127.0.0.1:1"}} {
		before := attempts(t)
		c, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), far[0], far[1])
		if err == nil {
			c.Close() //nolint:errcheck // of a test
			t.Fatalf("%s is reached: this is no place without a route", far[1])
		}
		if after := attempts(t); after == before {
			t.Errorf("the attempt to reach %s over %s (%v) is not seen: %s", far[1], far[0], err, after)
		}
	}
	before := attempts(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := (&net.Resolver{PreferGo: true}).LookupHost(ctx, "wence.invalid"); err == nil || attempts(t) == before {
		t.Errorf("the attempt to look up a name (%v) is not seen", err)
	}
}

// everyPage is what a visitor can open.
var everyPage = []string{"/", "/embed", "/p", "/b", "/matrix", "/matrix.csv", "/matrix.xlsx", "/widget.js", "/favicon.ico", "/metrics", "/healthz", "/readyz", "/api/v1/openapi.json"}

// useEverything uses the server as programs do.
func useEverything(t *testing.T, at string) {
	t.Helper()
	for _, path := range everyPage {
		if status, body := get(t, at+path); status != http.StatusOK {
			t.Errorf("GET %s: %d %.200s", path, status, body)
		}
	}
	post := func(path, kind, body string, header ...string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close() //nolint:errcheck // read to its end
		all, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= http.StatusBadRequest {
			t.Errorf("POST %s: %s %s %v", path, resp.Status, all, err)
		}
		return string(all)
	}
	asked := fmt.Sprintf(`{"text":%q}`, loanQuestion)
	answer := post("/api/v1/ask", "application/json", asked)
	kept := post("/api/v1/ask", "application/json", asked, "Idempotency-Key", "0123456789abcdef")
	chat := post("/v1/chat/completions", "application/json", fmt.Sprintf(`{"model":"wence","messages":[{"role":"user","content":%q}]}`, loanQuestion))
	tool := post("/mcp", "application/json", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{"question":%q}}}`, loanQuestion),
		"Accept", "application/json, text/event-stream")
	for _, got := range []string{answer, kept, chat, tool} {
		if !strings.Contains(got, loanQuote) {
			t.Errorf("answered with %s", got)
		}
	}
	post("/chat", "application/x-www-form-urlencoded", url.Values{"question": {"转人工"}}.Encode())
}

// browseEverything opens every page as a browser does: whatever it asks for is there, and
// is of this server.
func browseEverything(t *testing.T, at string) {
	t.Helper()
	b := browse(t, at, viewports[0])
	b.run(chromedp.Navigate(b.url), chromedp.WaitVisible(chromedp.CSS("#question")))
	b.ask(loanQuestion)
	if quote := script[string](b, `document.querySelector(".turn .quote").innerText`); !strings.Contains(quote, loanQuote) {
		t.Errorf("quoted %q", quote)
	}
	links := script[[]string](b, `[...document.querySelectorAll("a[href^='/']")].map(a => a.getAttribute("href"))`)
	seen := map[string]bool{}
	for _, path := range append(links, "/embed", "/p", "/b", "/matrix") {
		path, _, _ = strings.Cut(path, "#")
		if seen[path] || strings.HasPrefix(path, "/matrix.") {
			continue
		}
		seen[path] = true
		b.run(chromedp.Navigate(b.url+path), chromedp.WaitReady(chromedp.CSS("main, body")))
		missing := script[[]string](b, `performance.getEntriesByType("resource").filter(r => r.responseStatus >= 400 || r.responseStatus === 0 && !r.name.startsWith("data:")).map(r => r.name)`)
		if len(missing) > 0 {
			t.Errorf("%s asks in vain for %q", path, missing)
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %d pages were seen: %v", len(seen), seen)
	}
	b.quiet()
}

// TestNothingGoesOut looks at the sockets of the program while it is used, wherever that
// is: all of them are on loopback, and none asks a name server.
func TestNothingGoesOut(t *testing.T) {
	own, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	if got := strangeSockets(t, os.Getpid()); len(got) != 1 {
		t.Errorf("a socket to be seen is not: %q", got)
	}
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	at, pid := servingProcess(t, "--data", t.TempDir())
	done, found := make(chan struct{}), make(chan []string)
	go func() {
		var all []string
		for {
			all = append(all, strangeSockets(t, pid)...)
			select {
			case <-done:
				found <- all
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	useEverything(t, at)
	close(done)
	if all := <-found; len(all) > 0 {
		t.Errorf("wence has sockets to elsewhere: %q", all)
	}
}

// strangeSockets returns the sockets of a process that are UDP or not on loopback: see
// proc_pid_net(5).
func strangeSockets(t *testing.T, pid int) (out []string) {
	t.Helper()
	of := fmt.Sprintf("/proc/%d/", pid)
	own := map[string]bool{}
	files, err := filepath.Glob(of + "fd/*")
	if err != nil || len(files) == 0 {
		t.Errorf("no files of process %d: %v", pid, err)
	}
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil { // else it was closed meanwhile
			if inode, ok := strings.CutPrefix(to, "socket:["); ok {
				own[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	for _, kind := range []string{"tcp", "tcp6", "udp", "udp6"} {
		raw, err := os.ReadFile(of + "net/" + kind)
		if err != nil && !(errors.Is(err, os.ErrNotExist) && strings.HasSuffix(kind, "6")) { // a kernel without IPv6
			t.Error(err)
		}
		for line := range strings.Lines(string(raw)) {
			f := strings.Fields(line)
			if len(f) > 9 && own[f[9]] && (strings.HasPrefix(kind, "udp") || !onLoopback(f[1]) || !onLoopback(f[2])) {
				out = append(out, kind+" "+f[1]+" "+f[2])
			}
		}
	}
	return out
}

// onLoopback reports whether an address as the kernel prints it, hexadecimal with each
// four bytes in the order of the machine, is on loopback or none.
func onLoopback(address string) bool {
	host, _, _ := strings.Cut(address, ":")
	var ip net.IP
	for i := 0; i+8 <= len(host); i += 8 {
		n, err := strconv.ParseUint(host[i:i+8], 16, 32)
		if err != nil {
			return false
		}
		ip = append(ip, byte(n), byte(n>>8), byte(n>>16), byte(n>>24)) // a little-endian machine
	}
	return ip.IsLoopback() || ip.IsUnspecified()
}
