package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// Bureaus 单位登记簿 keep what admins know of bureaus. Implementations are safe for
// concurrent use; each writing method is one transaction, with its audit entry.
// storetest says this as tests.
type Bureaus interface {
	// Bureaus returns what is known, in the order of the names.
	Bureaus(ctx context.Context) ([]corpus.Bureau, error)
	// SetBureau keeps a bureau in place of what was known under its name, and under the
	// name that it replaces; ErrInvalid if Check says so. Setting what is kept already
	// does nothing.
	SetBureau(ctx context.Context, e BureauEdit) error
	// RemoveBureau forgets a bureau; ErrNotFound if nothing is known under the name.
	RemoveBureau(ctx context.Context, name, by, reason string) error
}

// The actions of the audit entries of bureaus: only Bureaus write them.
const (
	ActionBureau       = "bureau"
	ActionBureauRemove = "bureau.remove"
)

// A BureauEdit is what an admin says of a bureau.
type BureauEdit struct {
	Bureau   corpus.Bureau
	Replaces string // the name under which it was known, if that is to be forgotten
	By       string
	Reason   string
}

// Check returns what makes the edit impossible, an ErrInvalid, or nil.
func (e BureauEdit) Check() error {
	b := e.Bureau
	if err := CheckActor(e.By, e.Reason); err != nil {
		return fmt.Errorf("bureau %q: %w", b.Name, err)
	}
	normal, err := b.Normal()
	if err != nil {
		return fmt.Errorf("bureau %q: %w: %w", b.Name, err, ErrInvalid)
	}
	for _, s := range []string{normal.Region, normal.Phone, normal.Address, normal.Hours} {
		if !isText(s) || strings.ContainsAny(s, "\n\t") {
			return fmt.Errorf("bureau %s: %q is not one line of text: %w", b.Name, s, ErrInvalid)
		}
	}
	return nil
}

// registerOf returns the register with what admins know, as it is now.
func (b *Bot) registerOf(ctx context.Context) (*corpus.Register, []corpus.Bureau, error) {
	if b.Bureaus == nil {
		return b.Register, nil, nil
	}
	known, err := b.Bureaus.Bureaus(ctx)
	if err != nil {
		return nil, nil, err
	}
	r, err := b.Register.With(known)
	return r, known, err
}

// nameBureaus has the bureaus that somebody may be asked about known by all their names.
func (b *Bot) nameBureaus(k *knowledge, known []corpus.Bureau) {
	for _, bureau := range known {
		if k.duties[bureau.Name] == nil {
			continue
		}
		names := append([]string{bureau.Name}, bureau.Aliases...)
		for _, f := range bureau.Former {
			names = append(names, f.Name, strings.TrimPrefix(f.Name, bureau.Region))
		}
		for _, n := range names {
			k.names.Add(b.Analyzer.Normalize(n), bureau.Name)
		}
	}
}

// SetBureau keeps what an admin knows of a bureau, and has it answered from when it
// returns. ErrInvalid if a name of it is one of another bureau.
func (p *Publisher) SetBureau(ctx context.Context, e BureauEdit) error {
	p.editing.Lock()
	defer p.editing.Unlock()
	known, err := p.Bureaus.Bureaus(ctx)
	if err != nil {
		return err
	}
	known = slices.DeleteFunc(known, func(k corpus.Bureau) bool { return k.Name == e.Bureau.Name || k.Name == e.Replaces })
	if _, err := p.Register.With(append(known, e.Bureau)); err != nil {
		return fmt.Errorf("bureau %s: %w: %w", e.Bureau.Name, err, ErrInvalid)
	}
	if err := p.Bureaus.SetBureau(ctx, e); err != nil {
		return err
	}
	return p.relearn(ctx)
}

// RemoveBureau forgets what an admin knew of a bureau.
func (p *Publisher) RemoveBureau(ctx context.Context, name, by, reason string) error {
	p.editing.Lock()
	defer p.editing.Unlock()
	if err := p.Bureaus.RemoveBureau(ctx, name, by, reason); err != nil {
		return err
	}
	return p.relearn(ctx)
}

func (p *Publisher) relearn(ctx context.Context) error {
	if p.Bot == nil {
		return nil
	}
	return p.Bot.Reload(ctx)
}
