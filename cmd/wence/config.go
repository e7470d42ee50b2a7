package main

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/wence-bot/wence/adapters"
)

// A config is what the one file of settings says.
type config struct {
	// PublicURL is where people reach the web pages, without a slash at the end.
	PublicURL string          `toml:"public_url"`
	Gateway   gatewaySettings `toml:"gateway"`
	// Serve are the flags of wence serve, by name; see serveResolver.
	Serve    map[string]any                       `toml:"serve"`
	Channels map[string]map[string]toml.Primitive `toml:"channels"` // by kind and name

	plans []plan // of the channels, in the order of their IDs
}

// gatewaySettings are those of adapters.Config.
type gatewaySettings struct {
	Workers         int      `toml:"workers"`
	Waiting         int      `toml:"waiting"`
	PerConversation int      `toml:"per_conversation"`
	Notify          []notify `toml:"notify"`
	// Report is when those are told what was asked the day before, as in 08:30; empty: never.
	Report string `toml:"report"`
}

// A notify says who is told when somebody wants a person.
type notify struct {
	Channel string `toml:"channel"` // its ID, as in wecom-group:duty
	To      string `toml:"to"`      // the chat in it, where it has several
}

// A plan is a channel as it is configured.
type plan struct {
	id       string
	kind     kind
	settings any // a pointer to the struct of the kind, with variables filled in
	platform adapters.Platform
	err      error // why it does not start
}

// reportTime is how gateway.report is written.
const reportTime = "15:04"

var channelName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// readConfig reads the file of settings and prepares its channels. An error means that
// nothing of it can be used; what is wrong with one channel is in its plan. env is
// os.LookupEnv. Without a file there are no settings.
func readConfig(file string, env func(string) (string, bool)) (*config, error) {
	c := &config{}
	if file == "" {
		return c, nil
	}
	meta, err := decodeFile(file, c)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Channels)) {
		k, ok := kinds[name]
		if !ok {
			return nil, fmt.Errorf("%s: there is no kind of channel %q, only %s", file, name, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
		}
		for _, instance := range slices.Sorted(maps.Keys(c.Channels[name])) {
			if !channelName.MatchString(instance) {
				return nil, fmt.Errorf("%s: channels.%s.%s: a name is 1 to 32 of a-z, 0-9 and -", file, name, instance)
			}
			p := plan{id: name + ":" + instance, kind: k, settings: k.settings()}
			if err := meta.PrimitiveDecode(c.Channels[name][instance], p.settings); err != nil {
				return nil, fmt.Errorf("%s: channels.%s.%s: %w", file, name, instance, err)
			}
			c.plans = append(c.plans, p)
		}
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: there is no setting %s", file, unknown[0])
	}
	for i := range c.plans {
		c.plans[i].prepare(env)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// decodeFile reads a file of settings.
func decodeFile(file string, into any) (toml.MetaData, error) {
	meta, err := toml.DecodeFile(file, into)
	var wrong toml.ParseError
	switch {
	case errors.As(err, &wrong):
		return meta, fmt.Errorf("%s: %s", file, wrong.Error())
	case err != nil:
		return meta, fmt.Errorf("settings: %w", err)
	}
	return meta, nil
}

// prepare fills in variables and makes the platform, without calling it.
func (p *plan) prepare(env func(string) (string, bool)) {
	if p.err = expand(p.settings, env); p.err == nil {
		p.platform, p.err = p.kind.open(p.id, p.settings)
	}
}

// check returns what contradicts itself.
func (c *config) check() error {
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("public_url %q is no URL such as https://zc.example.gov.cn", c.PublicURL)
		}
		c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	}
	g := c.Gateway
	if g.Workers < 0 || g.Waiting < 0 || g.PerConversation < 0 {
		return errors.New("gateway: workers, waiting and per_conversation are not below zero; leave them out for the defaults")
	}
	if g.Report != "" {
		if _, err := time.Parse(reportTime, g.Report); err != nil || len(g.Notify) == 0 {
			return fmt.Errorf("gateway.report %q must be a time of day such as 08:30, and gateway.notify say who gets it", g.Report)
		}
	}
	for _, n := range g.Notify {
		if !slices.ContainsFunc(c.plans, func(p plan) bool { return p.id == n.Channel }) {
			return fmt.Errorf("gateway.notify: there is no channel %q among the channels", n.Channel)
		}
	}
	return nil
}

// broken returns which channels cannot start and why, or nil.
func (c *config) broken() error {
	var errs []error
	for _, p := range c.plans {
		if p.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.id, p.err))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("these channels do not start:\n%w\nmend them, or take their tables [channels.…] out", errors.Join(errs...))
}

// platforms returns those of the channels.
func (c *config) platforms() (out []adapters.Platform) {
	for _, p := range c.plans {
		out = append(out, p.platform)
	}
	return out
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expand fills the variables into the strings of a struct. A field tagged optional may
// consist of a variable that is not set.
func expand(settings any, env func(string) (string, bool)) error {
	v := reflect.ValueOf(settings).Elem()
	var missing []string
	for i := range v.NumField() {
		optional := v.Type().Field(i).Tag.Get("optional") != ""
		fill := func(s string) string {
			return variable.ReplaceAllStringFunc(s, func(m string) string {
				value, err := lookUp(variable.FindStringSubmatch(m)[1], env)
				if err != nil && !optional {
					missing = append(missing, fmt.Sprintf("%s needs %s", v.Type().Field(i).Tag.Get("toml"), err))
				}
				return value
			})
		}
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(fill(f.String()))
		case reflect.Slice:
			for j := range f.Len() {
				if f.Index(j).Kind() == reflect.String {
					f.Index(j).SetString(fill(f.Index(j).String()))
				}
			}
		}
	}
	if len(missing) > 0 {
		return errors.New(strings.Join(missing, "; "))
	}
	return nil
}

// lookUp returns the value of a variable of the environment, or what is in the file that
// NAME_FILE names, without the new line at its end.
func lookUp(name string, env func(string) (string, bool)) (string, error) {
	if value, ok := env(name); ok && value != "" {
		return value, nil
	}
	file, ok := env(name + "_FILE")
	if !ok || file == "" {
		return "", fmt.Errorf("the variable %s (or %s_FILE), which is not set", name, name)
	}
	value, err := os.ReadFile(file) //nolint:gosec // whoever starts wence names it
	if err != nil {
		return "", fmt.Errorf("the file that %s_FILE names: %w", name, err)
	}
	if text := strings.TrimRight(string(value), "\r\n"); text != "" {
		return text, nil
	}
	return "", fmt.Errorf("the file that %s_FILE names, which is empty", name)
}
