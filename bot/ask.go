package bot

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// maxQuestion bounds how much of a question is read, in characters. Longer texts
// are pasted documents, not questions.
const maxQuestion = 600

// maxMatters bounds how many matters of one question are answered.
const maxMatters = 5

// Ask answers a question. An error means that the answer could not be looked up,
// not that there is none.
func (b *Bot) Ask(ctx context.Context, q Question) (a Answer, err error) {
	defer Recover(&err)
	start := time.Now()
	a, err = steady(ctx, b, q.AsOf, func(k *knowledge) (Answer, error) {
		a, err := b.ask(ctx, k, q)
		if err == nil {
			b.labelDay(&a, k.day)
			err = b.sayNotYet(ctx, &a, k, q)
		}
		return a, err
	})
	if err != nil {
		return Answer{}, err
	}
	a.ID = q.ID
	a.labelClipped(q.Text)
	a.Bureaus = orEmpty(a.Bureaus)
	a.Citations = orEmpty(a.Citations)
	a.Suggestions = orEmpty(a.Suggestions)
	a.TookUS = time.Since(start).Microseconds()
	return a, nil
}

// remarkFirst puts a remark before all else.
func (a *Answer) remarkFirst(remark string) {
	a.Remarks = slices.Insert(a.Remarks, 0, remark)
	a.Text = remark + "\n" + a.Text
}

// orEmpty makes JSON print [] rather than null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (b *Bot) ask(ctx context.Context, k *knowledge, q Question) (Answer, error) {
	r := b.read(k, clip(q.Text))
	if a, ok := b.beforeSearch(r); ok {
		return a, nil
	}
	if a, ok, err := b.askDocument(ctx, k, r, q.History); ok || err != nil {
		return a, err
	}
	if a, ok, err := b.askContact(ctx, k, r, q.History); ok || err != nil {
		return a, err
	}
	if len(k.docs) >= evidenceFrom {
		e, err := b.evidenceHere(ctx, k, r)
		if err != nil {
			return Answer{}, err
		}
		r.evidence = &e
	}
	picks, err := b.picks(ctx, k, r)
	if err != nil {
		return Answer{}, err
	}
	covered := b.covered(r, picks)
	if _, away := b.foreign(r, picks); !away { // else 乙市财政局 would be ours
		if a, ok := b.askDuty(k, r, covered, len(q.History) > 0); ok {
			return a, nil
		}
	}
	if len(q.History) == 0 && (len(covered) == 0 || len(r.tellingOf(k)) == 0) {
		only, err := b.onlyDuty(ctx, k, r)
		if err != nil {
			return Answer{}, err
		}
		if len(only) > 0 {
			covered = only
		}
	}
	if len(covered) == 0 {
		if covered, err = b.focus(ctx, k, r); err != nil {
			return Answer{}, err
		}
	}
	if len(q.History) > 0 && (r.aims[aimBack] && (!r.standsAlone(covered) || b.placed(k, q.History)) || len(covered) == 0) {
		if covered, picks, err = b.afterwards(ctx, k, r, q.History, covered, picks); err != nil {
			return Answer{}, err
		}
	}
	if place, ok := b.foreign(r, picks); ok {
		return b.refuse(b.whyForeign(k, r, place), nil), nil
	}
	if len(covered) == 0 && len(r.only) > 0 && !b.hasLocal(k, r.only) {
		return b.refuse(phrase("elsewhere_many", "place", append(b.asksAbout(r), r.before...)[0].Phrase), nil), nil
	}
	if len(covered) == 0 {
		return b.notCovered(k, r, picks), nil
	}
	if a, ok := b.tooVague(k, r, covered); ok {
		return a, nil
	}
	return b.compose(ctx, k, r, q, b.alsoSay(r, covered))
}

func (b *Bot) covered(r *reading, picks []pick) []pick {
	var out []pick
	for _, p := range picks {
		if b.covers(r, p) {
			out = append(out, p)
		}
	}
	return out
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if utf8.RuneCountInString(s) <= maxQuestion {
		return s
	}
	return string([]rune(s)[:maxQuestion])
}

// labelClipped says that only the beginning of a long text was read, if that matters.
func (a *Answer) labelClipped(text string) {
	if clip(text) != strings.ToValidUTF8(text, "") && a.Outcome != HandedOver && a.Outcome != SmallTalk {
		a.remarkFirst(phrase("clipped", "most", strconv.Itoa(maxQuestion)))
	}
}

// afterwards picks anew for a question that follows others, with what they were about. If
// that leads nowhere, what the question says by itself counts: 宿舍呢,还是他们吗.
func (b *Bot) afterwards(ctx context.Context, k *knowledge, r *reading, history []string, covered, picks []pick) ([]pick, []pick, error) {
	alone := *r
	alone.aims = maps.Clone(r.aims)
	if !b.recall(k, r, history) {
		return covered, picks, nil
	}
	r.evidence = nil // it was for half of the question
	both, err := b.picks(ctx, k, r)
	if err != nil {
		return nil, nil, err
	}
	if now := b.covered(r, both); len(now) > 0 || len(covered) == 0 || len(r.before) > 0 {
		return now, both, nil // what is asked of another place is not answered for ours
	}
	*r = alone
	return covered, picks, nil
}

// placed reports whether the last question with a matter asks about a place: so does what
// follows it, then.
func (b *Bot) placed(k *knowledge, history []string) bool {
	for _, text := range slices.Backward(history) {
		if prev := b.read(k, clip(text)); len(prev.matter()) > 0 {
			return len(b.asksAbout(prev)) > 0
		}
	}
	return false
}

// standsAlone reports whether a question that points back, as 那贷款呢 does, says by itself
// what it is about: a term of policy, in a clause that surely answers it.
func (r *reading) standsAlone(covered []pick) bool {
	return len(covered) == 1 && covered[0].best().nearest >= gateNearest &&
		slices.ContainsFunc(covered[0].rk.concepts, func(c weighted) bool {
			return c.term && !c.reward && !c.body && c.weight >= leastTotal && stands(c, covered[0].best())
		})
}

// recall adds what the question before was about to one that leaves it out, and
// reports whether there was anything to add.
func (b *Bot) recall(k *knowledge, r *reading, history []string) bool {
	if !strings.ContainsFunc(r.text, isLetter) {
		return false // ??? asks for nothing
	}
	for i := len(history) - 1; i >= 0; i-- {
		prev := b.read(k, clip(history[i]))
		matter := prev.matter()
		if len(matter) == 0 || prev.manners != "" || len(prev.emergencies) > 0 {
			continue // 人工 was no matter
		}
		own := len(r.matter()) > 0
		if !own {
			r.recalled = prev.text
			// 那海关呢: the bureau is not the matter, but tells which sentence is meant.
			for j := range r.concepts {
				r.concepts[j].body = false
			}
		}
		if len(r.places) == 0 { // 那上市呢 asks about the same place
			r.before = b.asksAbout(prev)
			r.only = b.elsewhere(r)
		}
		for _, c := range matter {
			c.context = own
			r.concepts = append(r.concepts, c)
		}
		r.joints, r.stops = nil, nil
		if len(r.aims) == 0 || len(r.aims) == 1 && r.aims[aimBack] {
			for a := range prev.aims {
				r.aims[a] = true
			}
		}
		return true
	}
	return false
}

// foreign reports the place that the question is about if it is none of ours and
// the clause found does not speak about it either. A figure for the province is
// none for its city.
func (b *Bot) foreign(r *reading, picks []pick) (string, bool) {
	var foreign string
	own := b.asksAbout(r)
	for i, f := range append(own, r.before...) {
		ours := slices.ContainsFunc(f.Keys, func(p string) bool {
			return b.Vocabulary.Places.Within(p, r.region) && !(r.asksFigure() && b.Vocabulary.Places.Above(p, r.region))
		})
		compared := i < len(own) && (strings.HasSuffix(r.text[:f.Start], "比") || strings.HasPrefix(r.text[f.End:], "比"))
		switch {
		case ours && !compared:
			return "", false // ours is named as well: somebody who moves here
		case ours:
			continue // 别处比这里高吗 asks about both
		}
		about := func(p pick) bool {
			return strings.Contains(p.best().sentence.norm, f.Phrase) ||
				r.region == "" && (strings.Contains(p.best().title, f.Phrase) || b.speaksFor(p.best().doc, append(f.Keys[:len(f.Keys):len(f.Keys)], f.Phrase)))
		}
		if foreign == "" && !slices.ContainsFunc(picks, about) {
			foreign = f.Phrase
		}
	}
	return foreign, foreign != ""
}

// cameFrom reports whether a place is where somebody or something comes from or goes to,
// not where they are.
func (r *reading) cameFrom(f corpus.Found) bool {
	before := r.text[:f.Start]
	return slices.ContainsFunc(going, func(w string) bool { return strings.HasSuffix(before, w) }) || coming.MatchString(r.text[f.End:])
}

// going is what is said before a place that somebody or something leaves, goes to or is held up at.
var going = []string{"从", "来自", "奔", "跑", "飞", "往", "回", "回到", "运到", "运去", "发到", "发去", "卖到", "卖去", "卡在", "压在", "堵在"}

// coming finds what somebody says who comes here, behind the place that they come from:
// 搬厂, 的厂想迁过来, 老板准备来投资.
var coming = regexp.MustCompile(`^(?:搬|来|[^;?!。]{0,20}?(?:搬|迁|转移|过)(?:过)?来|[^;?!。]{0,20}?来(?:投资|办厂|建厂|设厂|开厂|开公司|落户|发展))`)

// partOfTerm reports whether a place is part of what the thesaurus has a term for, as
// the seat of an exchange is where somebody goes public: then it belongs to the matter.
func (r *reading) partOfTerm(f corpus.Found) bool {
	return r.recalled == "" && slices.ContainsFunc(r.concepts, func(c concept) bool {
		return c.term && !c.context && c.start <= f.Start && f.End <= c.end && c.surface != f.Phrase
	})
}

// placeOf returns the full name of the place that a region is, or "" if it is none that
// we know. A region may be written with what it lies in: 甲市乙区.
func (b *Bot) placeOf(region string) string {
	known := b.Vocabulary.Places.Find(region)
	if len(known) == 0 {
		return ""
	}
	return known[len(known)-1].Keys[0]
}

// speaksFor reports whether a document can answer for one of the places: its region can,
// or nobody knows its region and it names the place itself.
func (b *Bot) speaksFor(d *corpus.Document, places []string) bool {
	if len(places) == 0 || b.inForceAt(d.Region, places) {
		return true
	}
	return d.Region == "" && slices.ContainsFunc(places, func(p string) bool { return strings.Contains(b.prepare.document(d), p) })
}

// inForceAt reports whether a document of a region speaks for one of the places: it
// is of one of them, of what they lie in, of a place in them, or of the whole country.
// One whose region nobody knows speaks for none.
func (b *Bot) inForceAt(region string, places []string) bool {
	if region == corpus.Nation {
		return true
	}
	if place := b.placeOf(region); place != "" {
		region = place
	}
	return region != "" && slices.ContainsFunc(places, func(p string) bool { return b.Vocabulary.Places.Within(region, p) })
}

// whyForeign says why a question about a place that is none of ours has no answer.
func (b *Bot) whyForeign(k *knowledge, r *reading, place string) string {
	switch {
	case k.region != "":
		return phrase("elsewhere", "place", place, "region", k.region)
	case b.hasLocal(k, r.only):
		return phrase("no_basis_at", "place", place) // there are policies of it, of something else
	default:
		return phrase("elsewhere_many", "place", place)
	}
}

// hasLocal reports whether there are policies of any of the places, of the cities that
// they lie in or of places in them.
func (b *Bot) hasLocal(k *knowledge, at []string) bool {
	places := b.Vocabulary.Places
	return slices.ContainsFunc(k.docRegions, func(region string) bool {
		place := b.placeOf(region)
		return slices.ContainsFunc(at, func(p string) bool {
			return p == region || p == place || place != "" && (places.Above(p, place) || places.Above(place, p) && !places.IsProvince(place))
		})
	})
}

// regionsAt returns the regions whose documents can speak for one of the places, and whether
// there are any. No places are everywhere: no region is left out then.
func (b *Bot) regionsAt(k *knowledge, places []string) (regions []string, some bool) {
	if len(places) == 0 {
		return nil, true
	}
	for _, region := range k.docRegions {
		if region == "" || b.inForceAt(region, places) { // "": see speaksFor
			regions = append(regions, region)
		}
	}
	return regions, len(regions) > 0
}

// elsewhere returns the places that restrict which documents can answer: with the
// policies of several places, those that the question names.
func (b *Bot) elsewhere(r *reading) []string {
	var out []string
	if r.region != "" {
		return nil // foreign sees to it
	}
	for _, f := range append(b.asksAbout(r), r.before...) {
		out = append(append(out, f.Keys...), f.Phrase)
	}
	return out
}

// asksAbout returns the places that a question is about: not those where somebody comes
// from, nor those that are part of the matter.
func (b *Bot) asksAbout(r *reading) []corpus.Found {
	return slices.DeleteFunc(slices.Clone(r.places), func(f corpus.Found) bool {
		return r.cameFrom(f) || r.partOfTerm(f) || r.region == "" && r.leaves(f)
	})
}

// leaves reports whether somebody moves from a place to another one that is named after
// it: 甲市的厂想搬到乙市.
func (r *reading) leaves(f corpus.Found) bool {
	return slices.ContainsFunc(r.places, func(to corpus.Found) bool { return to.Start > f.End && moving.MatchString(r.text[f.End:to.Start]) })
}

// moving finds what is said between the place that somebody leaves and the one they go to.
var moving = regexp.MustCompile(`^[^;?!。]{0,20}?(?:搬|迁|转移|落户|投资)[^;?!。]{0,4}$`)
