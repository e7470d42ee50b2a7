package bot

import (
	"bytes"
	"errors"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

func compiledForTest() (compiledExamples, []corpus.Scenario) {
	c := compileFeatures([][]features{{{"贷款": 1, "=融资": 0.72}, {"周转": 0.5}}, {}, {{"#number": 0.8, "周转": 0.25}}})
	return c, []corpus.Scenario{{Name: "甲"}, {Name: "乙", Asks: []string{"丙"}}, {Name: "丁"}}
}

func TestCompiledExamplesReadBack(t *testing.T) {
	c, scenarios := compiledForTest()
	raw := c.encode(digestOf(scenarios))
	got, err := decodeExamples(raw, scenarios)
	if err != nil || !bytes.Equal(got.encode(digestOf(scenarios)), raw) {
		t.Errorf("%+v, %v, want %+v", got, err, c)
	}
	// Those of other scenarios are not used, nor is half a file.
	other := append([]corpus.Scenario{{Name: "戊"}}, scenarios[1:]...)
	for name, try := range map[string]struct {
		raw       []byte
		scenarios []corpus.Scenario
	}{"other scenarios": {raw, other}, "nothing": {nil, scenarios}, "half": {raw[:len(raw)-1], scenarios}, "more": {append(bytes.Clone(raw), 0), scenarios}} {
		if _, err := decodeExamples(try.raw, try.scenarios); !errors.Is(err, errCompiled) {
			t.Errorf("%s: %v, want %v", name, err, errCompiled)
		}
	}
}

func FuzzDecodeExamples(f *testing.F) {
	c, scenarios := compiledForTest()
	raw := c.encode(digestOf(scenarios))
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	head := len(compiledMagic) + len(digestOf(scenarios))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := append(bytes.Clone(raw[:head]), data...) // so that the digest is right
		got, err := decodeExamples(whole, scenarios)
		if err != nil {
			return
		}
		for _, asks := range got.scenarios {
			for _, ask := range asks {
				for _, f := range ask {
					_ = got.terms[f.term] // every term is there
				}
			}
		}
	})
}
