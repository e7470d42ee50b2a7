package bot

import (
	"context"
	"fmt"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// Bureaus 单位登记簿 keep what admins know of bureaus. Implementations are safe for
// concurrent use; each writing method is one transaction, with its audit entry.
// storetest says this as tests.
type Bureaus interface {
	// Bureaus returns what is known, in the order of the names.
	Bureaus(ctx context.Context) ([]corpus.Bureau, error)
	// SetBureau keeps a bureau in place of what was known under its name; ErrInvalid if
	// CheckBureau or CheckActor says so. Setting what is kept already does nothing.
	SetBureau(ctx context.Context, b corpus.Bureau, by, reason string) error
	// RemoveBureau forgets a bureau; ErrNotFound if nothing is known under the name.
	RemoveBureau(ctx context.Context, name, by, reason string) error
}

// The actions of the audit entries of bureaus: only Bureaus write them.
const (
	ActionBureau       = "bureau"
	ActionBureauRemove = "bureau.remove"
)

// CheckBureau returns what makes it impossible to keep a bureau as it is, an ErrInvalid,
// or nil.
func CheckBureau(b corpus.Bureau) error {
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
