package adapters

import (
	_ "embed"

	"github.com/wence-bot/wence/bot"
)

//go:embed phrases.txt
var phrasesSource string

// phrases are what the gateway says.
var phrases = bot.ParsePhrases(phrasesSource)

// Phrase returns what is said to those who chat, by its key in phrases.txt, with its
// {names} filled in from pairs. Platforms use it where they answer themselves, as in
// welcome, searching, unsupported or busy.
func Phrase(key string, pairs ...string) string { return phrases.Say(key, pairs...) }
