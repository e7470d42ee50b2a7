package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/wence-bot/wence/adapters/web/api"
	"github.com/wence-bot/wence/bot/store"
	"github.com/wence-bot/wence/corpus"
)

// keysFlag says where the keys of the API are.
type keysFlag struct {
	APIKeys string `name:"api-keys" help:"The file with the keys of the API; api-keys.jsonl in the data folder if left out." env:"WENCE_API_KEYS" placeholder:"FILE"`
}

// file returns the path of the file, or "" if there is none.
func (f keysFlag) file(data string) string {
	if f.APIKeys == "" && data != "" {
		return filepath.Join(data, "api-keys.jsonl")
	}
	return f.APIKeys
}

// apiFlags are the settings of the API.
type apiFlags struct {
	keysFlag    `embed:""`
	KeyRate     float64 `name:"api-key-rate" help:"Requests per second of a key that has no rate of its own." default:"50" env:"WENCE_API_KEY_RATE" placeholder:"N"`
	AddressRate float64 `name:"api-address-rate" help:"Requests per second of an address without a key." default:"10" env:"WENCE_API_ADDRESS_RATE" placeholder:"N"`
}

// check returns what is wrong with the settings.
func (f apiFlags) check() error {
	if f.KeyRate < 0 || f.AddressRate < 0 {
		return errors.New("--api-key-rate and --api-address-rate must not be negative")
	}
	return nil
}

// newAPI returns the API of a host.
func newAPI(h *host, f apiFlags, keyFile, publicURL string) (*api.API, error) {
	c := api.Config{
		Bot: h.bot, Store: h.store, Records: h.store, Register: h.register, Bureaus: h.store, URL: publicURL, Log: h.log,
		Limits: api.Limits{Key: f.KeyRate, Address: f.AddressRate},
	}
	if keyFile != "" {
		keys, err := api.OpenKeys(keyFile)
		if err != nil {
			return nil, err
		}
		c.Keys = keys
	}
	return api.New(c)
}

// mountAPI adds the API to the server.
func mountAPI(_ context.Context, h *host, c *serveCmd) (mounted, error) {
	settings, err := readConfig(c.Config, os.LookupEnv)
	if err != nil {
		return mounted{}, err
	}
	a, err := newAPI(h, c.apiFlags, c.file(c.Data), settings.PublicURL)
	if err != nil {
		return mounted{}, err
	}
	return mounted{routes: a.Routes()}, nil
}

// mcpCmd is an MCP server for a client on this machine.
type mcpCmd struct {
	modelFlags `embed:""`

	Data string `help:"The data folder; without it the embedded policies answer. While a server uses it, connect to /mcp of that server." env:"WENCE_DATA" placeholder:"DIR"`
}

// Run serves on standard input and output until the input ends.
func (c mcpCmd) Run(ctx context.Context, s streams) (err error) {
	log := stderrLog(s)
	h, err := open(ctx, c.Data, log)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w; if it is a server, connect your client to its /mcp", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := c.use(h.bot, log); err != nil {
		return err
	}
	a, err := newAPI(h, apiFlags{}, "", "")
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); h.keepUp(following) }()
	defer func() { stop(); <-done }()
	err = a.MCPServer().Run(ctx, &mcp.IOTransport{Reader: io.NopCloser(s.in), Writer: noClose{s.out}})
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil // the client has gone
	}
	return err
}

type noClose struct{ io.Writer }

// Close implements io.Closer.
func (noClose) Close() error { return nil }

// keyCmd manages who may use the API. It works while a server runs.
type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make a key and print it; it cannot be read again."`
	List   keyListCmd   `cmd:"" help:"List the keys, without their secrets."`
	Revoke keyRevokeCmd `cmd:"" help:"Make a key invalid for good; a running server obeys within a second."`
}

// keyFileFlags say which file of keys is meant.
type keyFileFlags struct {
	keysFlag `embed:""`
	Data     string `help:"The data folder of the server." env:"WENCE_DATA" placeholder:"DIR"`
}

func (f keyFileFlags) open() (*api.Keys, error) {
	file := f.file(f.Data)
	if file == "" {
		return nil, errors.New("where are the keys? give --data DIR, the folder of the server, or --api-keys FILE")
	}
	return api.OpenKeys(file)
}

type keyCreateCmd struct {
	keyFileFlags `embed:""`

	Name  string   `arg:"" help:"Who will use it, as in 12345平台."`
	Scope []string `help:"What it may do: ask (questions, feedback, chat completions), read (search, documents, bureaus); MCP needs both." default:"ask,read" placeholder:"SCOPE"`
	Rate  float64  `help:"Requests per second; 0: as the server sets for all keys." placeholder:"N"`
}

// Run makes a key.
func (c keyCreateCmd) Run(s streams) error {
	keys, err := c.open()
	if err != nil {
		return err
	}
	scopes := make([]api.Scope, len(c.Scope))
	for i, scope := range c.Scope {
		scopes[i] = api.Scope(scope)
	}
	key, secret, err := keys.Create(c.Name, scopes, c.Rate)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "Key %s for %s. Keep it now, it is not shown again; send it as Authorization: Bearer KEY.\n", key.ID, key.Name)
	_, err = fmt.Fprintln(s.out, secret)
	return err
}

type keyListCmd struct {
	keyFileFlags `embed:""`
}

// Run lists the keys.
func (c keyListCmd) Run(s streams) error {
	keys, err := c.open()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	for _, k := range keys.List() {
		scopes := make([]string, len(k.Scopes))
		for i, scope := range k.Scopes {
			scopes[i] = string(scope)
		}
		state := "valid"
		if !k.Revoked.IsZero() {
			state = "revoked " + corpus.DayOf(k.Revoked)
		}
		rate := "usual rate"
		if k.Rate > 0 {
			rate = fmt.Sprintf("%g/s", k.Rate)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, corpus.DayOf(k.At), state, strings.Join(scopes, ","), rate, k.Name)
	}
	return t.Flush()
}

type keyRevokeCmd struct {
	keyFileFlags `embed:""`

	ID string `arg:"" help:"The key, as wence key list names it."`
}

// Run revokes a key.
func (c keyRevokeCmd) Run(s streams) error {
	keys, err := c.open()
	if err != nil {
		return err
	}
	changed, err := keys.Revoke(c.ID)
	if err != nil {
		return err
	}
	if !changed {
		fmt.Fprintf(s.out, "key %s was revoked before\n", c.ID)
		return nil
	}
	fmt.Fprintf(s.out, "key %s is revoked\n", c.ID)
	return nil
}
