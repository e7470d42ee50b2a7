package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// configCmd prints the settings. It takes the flags of wence serve, and reads the
// environment and the file of settings as that does.
type configCmd struct {
	serveCmd `embed:""`
}

// Run prints the settings as they take effect, with secrets masked, and where each flag
// of wence serve has its value from. Its exit status is 1 if they contradict each other
// or a channel does not start.
func (c *configCmd) Run(k *kong.Context, s streams) error {
	settings, err := readConfig(s.path(c.Config), os.LookupEnv)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "public_url = %q\n\n[serve]\n", settings.PublicURL)
	for _, f := range k.Flags() {
		if f.Name == "help" || f.Name == "config" {
			continue
		}
		key, value := strings.ReplaceAll(f.Name, "-", "_"), literal(f.Target.Interface())
		switch {
		case f.Target.IsZero():
			fmt.Fprintf(s.out, "# %s is not set\n", key)
			continue
		case f.Tag.Has("secret"):
			value = mask(value)
		}
		fmt.Fprintf(s.out, "%s = %s # %s\n", key, value, c.source(k, f))
	}
	g := settings.Gateway
	fmt.Fprintf(s.out, "\n[gateway] # 0: the default\nworkers = %d\nwaiting = %d\nper_conversation = %d\nreport = %q\n",
		g.Workers, g.Waiting, g.PerConversation, g.Report)
	for _, n := range g.Notify {
		fmt.Fprintf(s.out, "[[gateway.notify]]\nchannel = %q\nto = %q\n", n.Channel, n.To)
	}
	for _, p := range settings.plans {
		state := "starts"
		if p.err != nil {
			state = "does not start: " + p.err.Error()
		}
		fmt.Fprintf(s.out, "\n# %s %s\n[channels.%s]\n%s", p.id, state, dotted(p.id), masked(p.settings))
	}
	return errors.Join(c.check(), settings.broken())
}

// source says where a flag has its value from.
func (c *configCmd) source(k *kong.Context, f *kong.Flag) string {
	for _, p := range k.Path {
		switch {
		case p.Flag != f:
		case p.Resolved:
			return "from the file of settings"
		default:
			return "from the command line"
		}
	}
	for _, name := range f.Envs {
		if os.Getenv(name) != "" {
			return "from " + name
		}
	}
	return "the default"
}

// literal prints the value of a flag as TOML, the password in a URL masked.
func literal(value any) string {
	switch v := value.(type) {
	case string:
		if u, err := url.Parse(v); err == nil && u.User != nil {
			v = u.Redacted()
		}
		return fmt.Sprintf("%q", v)
	case []string:
		out := slices.Clone(v)
		for i := range out {
			out[i] = literal(out[i])
		}
		return "[" + strings.Join(out, ", ") + "]"
	case time.Duration:
		return fmt.Sprintf("%q", v.String())
	}
	return fmt.Sprint(value)
}
