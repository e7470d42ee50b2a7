package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// BeforeResolve lets the table [serve] of the file of settings stand in for flags of
// wence serve, with _ for -. The command line and the environment go before it.
func (c *serveCmd) BeforeResolve(k *kong.Context) error {
	file := os.Getenv("WENCE_CONFIG")
	flags := map[string]*kong.Flag{}
	for _, f := range k.Flags() {
		flags[strings.ReplaceAll(f.Name, "-", "_")] = f
		if given, ok := k.FlagValue(f).(string); ok && f.Name == "config" && given != "" {
			file = given
		}
	}
	if file == "" {
		return nil
	}
	var settings struct {
		Serve map[string]any `toml:"serve"`
	}
	if _, err := decodeFile(file, &settings); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(settings.Serve)) {
		if flags[key] == nil || key == "config" || key == "help" {
			return fmt.Errorf("%s: there is no setting serve.%s", file, key)
		}
		if text, ok := settings.Serve[key].(string); ok {
			one := struct{ Value string }{text}
			if err := expand(&one, os.LookupEnv); err != nil {
				return fmt.Errorf("%s: serve.%s %w", file, key, err)
			}
			settings.Serve[key] = one.Value
		}
	}
	k.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
		key := strings.ReplaceAll(f.Name, "-", "_")
		if flags[key] != f || slices.ContainsFunc(f.Envs, func(name string) bool { return os.Getenv(name) != "" }) {
			return nil, nil
		}
		return settings.Serve[key], nil
	}))
	return nil
}
