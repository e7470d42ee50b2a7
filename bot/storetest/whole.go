package storetest

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

// readsBackWhole fills every field there is, so that a field that a store forgets
// is noticed on the day it is added.
func readsBackWhole(t *testing.T, s suite) {
	d := &corpus.Document{}
	fill(reflect.ValueOf(d).Elem(), 0)
	d.Text = "一、目的\n<贷款>&\u2028贴息🏦由𠮷局负责。\n"
	d.Revision, d.Status = corpus.RevisionOf(d.Text), corpus.InForce
	d.Clauses[0].Start, d.Clauses[0].End, d.Clauses[0].Text = 0, 12, d.Text[:12]
	d.Clauses[0].Responsibilities[0].Quote = d.Text[13:20]
	d.Clauses[0].Responsibilities[0].Start, d.Clauses[0].Responsibilities[0].End = 13, 20
	d.Effective, d.Expires = "2020-01-01", "2030-01-01"
	s.publish(t, d)
	got, err := s.Document(ctx, d.ID, d.Revision)
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("read back %+v, %v\nwant %+v", got, err, d)
	}
	bare := &corpus.Document{ID: "bare", Text: "。", Revision: corpus.RevisionOf("。"), Replaces: []string{}}
	s.publish(t, bare)
	got, err = s.Document(ctx, "bare", bare.Revision)
	if err != nil || !reflect.DeepEqual(got, bare) {
		t.Errorf("read back %#v, %v\nwant %#v", got, err, bare)
	}
}

// fill sets every field below v to something that is not zero.
func fill(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n+i+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.String:
		v.SetString(fmt.Sprintf("字段%d", n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64, reflect.Float32:
		v.SetFloat(float64(n) + 0.5)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n%5 + 1))
	default:
		v.SetInt(int64(n + 1))
	}
}
