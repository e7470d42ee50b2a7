package storetest

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// TestBureaus runs the suite of bot.Bureaus. open returns a new, empty one; what it
// records can be read back as the trail of the same store.
func TestBureaus(t *testing.T, open func(t *testing.T) interface {
	bot.Bureaus
	bot.Auditor
}) {
	s := open(t)
	want := func(what string, bureaus ...corpus.Bureau) {
		t.Helper()
		if got, err := s.Bureaus(ctx); err != nil || len(got) != len(bureaus) || len(got) > 0 && !reflect.DeepEqual(got, bureaus) {
			t.Errorf("%s: %+v, %v, want %+v", what, got, err, bureaus)
		}
	}
	set := func(b corpus.Bureau) {
		t.Helper()
		if err := s.SetBureau(ctx, bot.BureauEdit{Bureau: b, By: "张三", Reason: "机构改革"}); err != nil {
			t.Fatal(err)
		}
	}
	want("empty")
	full := corpus.Bureau{
		Name: "丙市金融局", Aliases: []string{"金融办", "金融委"}, Former: []corpus.FormerName{{Name: "丙市金融工作局", Until: "2024-03-31"}},
		Region: "丙市", Phone: "0000-1234567", Address: "人民路1号", Hours: "工作日9:00至17:00",
	}
	set(full)
	set(corpus.Bureau{Name: " 丙市低空中心 "})
	low := corpus.Bureau{Name: "丙市低空中心", Region: "丙市"}
	want("in the order of their names", low, full)
	set(full)
	if trail, err := s.Trail(ctx, 0, 10); err != nil || len(trail) != 2 || !strings.Contains(trail[0].Detail, "机构改革") || trail[0].By != "张三" {
		t.Errorf("setting the same again: %+v, %v", trail, err)
	}
	full.Phone = ""
	set(full)
	want("changed", low, full)
	if err := s.RemoveBureau(ctx, full.Name, "张三", ""); err != nil {
		t.Error(err)
	}
	want("removed", low)
	wantErr(t, "removed again", s.RemoveBureau(ctx, full.Name, "张三", ""), bot.ErrNotFound)
	wantErr(t, "by nobody", s.SetBureau(ctx, bot.BureauEdit{Bureau: full, By: " "}), bot.ErrInvalid)
	wantErr(t, "no name", s.SetBureau(ctx, bot.BureauEdit{By: "张三"}), bot.ErrInvalid)
	wantErr(t, "NUL", s.SetBureau(ctx, bot.BureauEdit{Bureau: corpus.Bureau{Name: "丙市局", Phone: "\x00"}, By: "张三"}), bot.ErrInvalid)
	_, err := s.Record(ctx, bot.AuditEntry{By: "张三", Action: bot.ActionBureau, Subject: "丙市局", Detail: "x"})
	wantErr(t, "recorded past the register", err, bot.ErrInvalid)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.SetBureau(ctx, bot.BureauEdit{Bureau: full, By: "张三"}); err != nil {
				t.Error(err)
			}
			if _, err := s.Bureaus(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want("set again by many", low, full)
	renamed := corpus.Bureau{Name: "丙市金融管理局", Region: "丙市", Former: []corpus.FormerName{{Name: full.Name}}}
	if err := s.SetBureau(ctx, bot.BureauEdit{Bureau: renamed, Replaces: full.Name, By: "张三"}); err != nil {
		t.Error(err)
	}
	want("replaced", low, renamed)
	if _, err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
}
