package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// BenchmarkPublish publishes a new version into a folder of 500 documents with 10,000
// clauses, until it is answered from.
func BenchmarkPublish(b *testing.B) {
	data := b.TempDir()
	h, err := openStored(b.Context(), data, withBot)
	if err != nil {
		b.Fatal(err)
	}
	defer h.close() //nolint:errcheck // of a benchmark
	publish := func(number, version int, publish func(bot.Publication) error) {
		text := strings.NewReplacer("7号", fmt.Sprint(number, "号"), "给予贴息", fmt.Sprintf("给予第%d档贴息", version)).Replace(lathes)
		text += strings.Repeat("对其他企业同样办理,并定期公布结果。\n", 19)
		p, err := h.parse(b.Context(), "a.txt", []byte(text), "")
		if err == nil {
			err = publish(bot.Publication{Document: p.doc, Original: p.file, By: "甲"})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for i := range 500 {
		publish(i+1, 0, func(p bot.Publication) error {
			_, _, err := h.publisher.Import(b.Context(), p)
			return err
		})
	}
	if err := h.publisher.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	version := 0
	for b.Loop() {
		version++
		publish(7, version, func(p bot.Publication) error {
			_, _, err := h.publisher.Publish(b.Context(), p, bot.Test{})
			return err
		})
	}
}

// BenchmarkImport imports one document after the other.
func BenchmarkImport(b *testing.B) {
	data := b.TempDir()
	s := streams{out: io.Discard, err: io.Discard}
	n := 0
	err := s.with(b.Context(), data, withIndex, func(h *house) error {
		for b.Loop() {
			n++
			text := strings.Replace(lathes, "7号", fmt.Sprint(n, "号"), 1) + strings.Repeat("对其他企业同样办理,并定期公布结果。\n", 39)
			p, err := h.parse(b.Context(), "a.txt", []byte(text), "")
			if err != nil {
				return err
			}
			if _, _, err := h.publisher.Import(b.Context(), bot.Publication{Document: p.doc, Original: p.file, By: "甲"}); err != nil {
				return err
			}
			if n%settleEvery == 0 {
				if err := h.publisher.Settle(b.Context()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
