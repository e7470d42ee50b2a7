package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// askContact answers how to reach a bureau with what an admin has registered, and says that
// it is no policy's. What nobody has registered, and who heads a bureau, is refused: no
// policy says so. In a conversation the bureaus may be those of the answer before: 那电话呢.
func (b *Bot) askContact(ctx context.Context, k *knowledge, r *reading, history []string) (Answer, bool, error) {
	named := len(r.bodies) > 0 || len(history) > 0 && len(r.telling()) == 0
	if !r.aims[aimPerson] && !(r.aims[aimContact] && named) {
		return Answer{}, false, nil
	}
	if !r.aims[aimPerson] {
		names, err := b.reached(ctx, k, r, history)
		if err != nil {
			return Answer{}, false, err
		}
		if lines := k.contacts(names); len(lines) > 0 {
			lines = append(lines, phrase("contact_source"))
			return Answer{Outcome: Answered, Text: strings.Join(lines, "\n"), Remarks: lines}, true, nil
		}
	}
	return b.refuse(phrase("no_contact"), nil), true, nil
}

// reached returns the full names of the bureaus that somebody wants to reach.
func (b *Bot) reached(ctx context.Context, k *knowledge, r *reading, history []string) ([]string, error) {
	var known, names []string
	for _, bureau := range k.bureaus {
		if bureau.Phone+bureau.Address+bureau.Hours != "" {
			known = append(known, bureau.Name)
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	for _, m := range r.bodies {
		names = append(names, k.register.Match(m.Name, known)...)
	}
	for i := len(history) - 1; i >= 0 && len(r.bodies) == 0; i-- {
		a, err := b.ask(ctx, k, Question{Text: history[i], History: history[:i]})
		if err != nil {
			return nil, err
		}
		for _, bureau := range a.Bureaus {
			if slices.Contains(known, bureau.Name) && bureau.Role != corpus.Shared {
				names = append(names, bureau.Name)
			}
		}
		if len(a.Bureaus) > 0 {
			break
		}
	}
	return names, nil
}

// contacts says what admins have registered of some bureaus.
func (k *knowledge) contacts(names []string) []string {
	var lines []string
	for _, bureau := range k.bureaus {
		if !slices.Contains(names, bureau.Name) {
			continue
		}
		for _, f := range [][3]string{{"contact_phone", "phone", bureau.Phone}, {"contact_address", "address", bureau.Address}, {"contact_hours", "hours", bureau.Hours}} {
			if f[2] != "" {
				lines = append(lines, phrase(f[0], "bureau", bureau.Name, f[1], f[2]))
			}
		}
	}
	return lines
}
