package api

import (
	_ "embed"

	"github.com/wence-bot/wence/bot"
)

//go:embed phrases.txt
var phrasesSource string

// phrases are what the interfaces say.
var phrases = bot.ParsePhrases(phrasesSource)
