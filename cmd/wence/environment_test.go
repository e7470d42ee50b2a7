package main

import (
	"regexp"
	"testing"

	"github.com/alecthomas/kong"
)

func parserOf(t *testing.T) *kong.Kong {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Name("wence"))
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// Kubernetes names variables after a service that is called wence: they are no settings.
func TestVariablesOfKubernetes(t *testing.T) {
	k, err := parserOf(t).Parse([]string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	for entry, refused := range map[string]bool{
		"WENCE_SERVICE_HOST=10.0.0.1": false, "WENCE_SERVICE_PORT=80": false, "WENCE_SERVICE_PORT_HTTP=80": false, "WENCE_PORT=tcp://10.0.0.1:80": false,
		"WENCE_PORT_80_TCP=tcp://10.0.0.1:80": false, "WENCE_PORT_80_TCP_PROTO=tcp": false, "WENCE_WEB_SERVICE_HOST=10.0.0.1": false,
		"WENCE_WEB_PORT_80_TCP_ADDR=10.0.0.1": false, "WENCE_ADDR=:80": false, "OTHER=1": false, "WENCE": false, "": false,
		"WENCE_PORT=80": true, "WENCE_SERVICE=x": true, "WENCE_=1": true, "WENCE_addr=:80": true, "WENCE_ADR=:80": true, "WENCE_ADR=": false,
	} {
		if err := checkEnvironment(k, []string{"PATH=/bin", entry}); (err != nil) != refused {
			t.Errorf("%q: %v", entry, err)
		}
	}
}

// A flag that sounds like a secret is masked by wence config, or is known not to be one.
func TestSecretsAreTagged(t *testing.T) {
	harmless := map[string]bool{"api-keys": true, "openai-key-file": true, "api-key-rate": true}
	sounds := regexp.MustCompile(`key|secret|token|password`)
	for _, f := range flagsOf(t) {
		if sounds.MatchString(f.Name) && f.Tag.Has("secret") == harmless[f.Name] {
			t.Errorf("--%s must be tagged secret", f.Name)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"data", "dtaa", 2}, {"addr", "ader", 1}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %d", tt.a, tt.b, got)
		}
	}
}
