package bot

import "time"

// SetNow makes the bot believe that it is another time.
func (b *Bot) SetNow(now func() time.Time) { b.now = now }
