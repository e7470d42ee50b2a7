package bot

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wence-bot/wence/corpus"
)

// compiledExamples are the ways of asking of some scenarios, read: reading a few
// thousand of them is most of what a start takes, and depends on nothing but the
// scenarios, the vocabulary and the analyzer.
type compiledExamples struct {
	terms     []string
	scenarios [][]compiledAsk // in the order of the scenarios
}

// A compiledAsk is the features of one way of asking, by term.
type compiledAsk []compiledFeature

type compiledFeature struct {
	term   uint32
	weight uint16 // in steps of 1/featureSteps
}

// featureSteps is how finely the weight of a feature, 0 to 1, is kept.
const featureSteps = 1 << 15

func (f compiledFeature) value() float64 { return float64(f.weight) / featureSteps }

// CompileExamples reads the ways of asking of the scenarios of c, as New does without
// Config.Examples, and returns them in the form that Config.Examples takes. Only the
// scenarios, the vocabulary and the analyzer of c are used.
func CompileExamples(c Config) []byte {
	b := &Bot{Config: c}
	return b.compile().encode(digestOf(c.Scenarios))
}

// compile reads the ways of asking.
func (b *Bot) compile() compiledExamples {
	read := make([][]features, len(b.Scenarios))
	inParallel(len(b.Scenarios), func(i int) {
		for _, ask := range waysOf(&b.Scenarios[i]) {
			read[i] = append(read[i], b.readAsk(ask))
		}
	})
	return compileFeatures(read)
}

// readAsk returns the features of one way of asking.
func (b *Bot) readAsk(ask string) features {
	r := b.readExample(&knowledge{view: &view{}}, ask)
	return b.features(r.concepts, r.aims)
}

// waysOf returns what a scenario is asked for by: its name and line are ways too.
func waysOf(s *corpus.Scenario) []string { return append([]string{s.Name, s.Line}, s.Asks...) }

func compileFeatures(read [][]features) compiledExamples {
	seen := map[string]bool{}
	for _, asks := range read {
		for _, f := range asks {
			for t := range f {
				seen[t] = true
			}
		}
	}
	c := compiledExamples{terms: slices.Sorted(maps.Keys(seen))}
	ids := make(map[string]uint32, len(c.terms))
	for i, t := range c.terms {
		ids[t] = uint32(i)
	}
	for _, asks := range read {
		var out []compiledAsk
		for _, f := range asks {
			out = append(out, compileAsk(f, ids))
		}
		c.scenarios = append(c.scenarios, out)
	}
	return c
}

func compileAsk(f features, ids map[string]uint32) compiledAsk {
	var ask compiledAsk
	for _, t := range slices.Sorted(maps.Keys(f)) {
		ask = append(ask, compiledFeature{ids[t], uint16(min(f[t], 1)*featureSteps + 0.5)})
	}
	return ask
}

// digestOf tells scenarios apart.
func digestOf(scenarios []corpus.Scenario) []byte {
	h := sha256.New()
	for i := range scenarios {
		for _, ask := range waysOf(&scenarios[i]) {
			h.Write([]byte(ask))
			h.Write([]byte{0})
		}
		h.Write([]byte{1})
	}
	return h.Sum(nil)
}

// compiledMagic begins a compiled form; its number changes with the form.
const compiledMagic = "wence examples 1\n"

func (c compiledExamples) encode(digest []byte) []byte {
	out := append([]byte(compiledMagic), digest...)
	put := func(n int) { out = binary.AppendUvarint(out, uint64(n)) }
	put(len(c.terms))
	for _, t := range c.terms {
		put(len(t))
		out = append(out, t...)
	}
	put(len(c.scenarios))
	for _, asks := range c.scenarios {
		put(len(asks))
		for _, ask := range asks {
			put(len(ask))
			before := 0
			for _, f := range ask {
				put(int(f.term) - before) // ascending, as the terms are sorted
				before = int(f.term)
				out = binary.LittleEndian.AppendUint16(out, f.weight)
			}
		}
	}
	return out
}

// errCompiled is why a compiled form is not used.
var errCompiled = errors.New("not the compiled form of these scenarios")

// decodeExamples reads a compiled form. It is an error if it is not that of the
// scenarios, or damaged.
func decodeExamples(raw []byte, scenarios []corpus.Scenario) (compiledExamples, error) {
	head := append([]byte(compiledMagic), digestOf(scenarios)...)
	rest, ok := bytes.CutPrefix(raw, head)
	if !ok {
		return compiledExamples{}, errCompiled
	}
	d := decoder{rest: rest}
	c := compiledExamples{terms: make([]string, d.count())}
	for i := range c.terms {
		c.terms[i] = d.text()
	}
	c.scenarios = make([][]compiledAsk, d.count())
	for i := range c.scenarios {
		c.scenarios[i] = make([]compiledAsk, d.count())
		for j := range c.scenarios[i] {
			c.scenarios[i][j] = d.ask(len(c.terms))
		}
	}
	if d.broken || len(d.rest) > 0 || len(c.scenarios) != len(scenarios) {
		return compiledExamples{}, fmt.Errorf("damaged: %w", errCompiled)
	}
	return c, nil
}

// A decoder reads numbers and texts until something is wrong.
type decoder struct {
	rest   []byte
	broken bool
}

// count reads how many things follow; each takes at least one byte.
func (d *decoder) count() int {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || v > uint64(len(d.rest)-n) {
		d.rest, d.broken = nil, true
		return 0
	}
	d.rest = d.rest[n:]
	return int(v)
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) ask(terms int) compiledAsk {
	ask := make(compiledAsk, d.count())
	before := uint64(0)
	for i := range ask {
		v, n := binary.Uvarint(d.rest)
		if n <= 0 || len(d.rest) < n+2 || v >= uint64(terms)-before {
			d.rest, d.broken = nil, true
			return nil
		}
		before += v
		ask[i] = compiledFeature{uint32(before), binary.LittleEndian.Uint16(d.rest[n:])}
		d.rest = d.rest[n+2:]
	}
	return ask
}

// inParallel calls f for 0 … n-1 on all processors and waits. It panics if one of them
// does, here where the caller can catch it.
func inParallel(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for worker := range errs {
		wg.Go(func() {
			defer Recover(&errs[worker])
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			panic(err)
		}
	}
}
