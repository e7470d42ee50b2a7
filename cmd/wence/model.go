package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
)

// modelFlags choose a language model that puts connectives around the quotes. Without
// them there is none, and nothing leaves the machine.
type modelFlags struct {
	URL     string        `name:"openai-url" help:"An OpenAI-compatible endpoint, as in http://10.0.0.5:8000/v1; it is sent the questions and the sentences found for them." env:"WENCE_OPENAI_URL" placeholder:"URL" group:"Language model"`
	Model   string        `name:"openai-model" help:"The model, as the endpoint calls it." env:"WENCE_OPENAI_MODEL" placeholder:"NAME" group:"Language model"`
	Key     string        `name:"openai-key" help:"The key of the endpoint." secret:"" env:"WENCE_OPENAI_KEY" placeholder:"KEY" group:"Language model"`
	KeyFile string        `name:"openai-key-file" help:"A file with that key." env:"WENCE_OPENAI_KEY_FILE" placeholder:"FILE" group:"Language model"`
	Format  string        `name:"openai-format" help:"How the endpoint is asked for JSON: json_schema, json_object or text." env:"WENCE_OPENAI_FORMAT" placeholder:"FORMAT" group:"Language model"`
	Timeout time.Duration `name:"openai-timeout" help:"How long to wait for it, as in 20s, at most (8s if left out); then the sentences are told as they stand." env:"WENCE_OPENAI_TIMEOUT" placeholder:"TIME" group:"Language model"`
}

// check returns which of the settings contradict each other.
func (f modelFlags) check() error {
	switch {
	case f == (modelFlags{}):
		return nil
	case f.URL == "" || f.Model == "":
		return errors.New("a language model needs both --openai-url and --openai-model (WENCE_OPENAI_URL, WENCE_OPENAI_MODEL); give both or none of these settings")
	case f.Key != "" && f.KeyFile != "":
		return errors.New("--openai-key and --openai-key-file (WENCE_OPENAI_KEY, WENCE_OPENAI_KEY_FILE) are both given; keep one")
	}
	return nil
}

// use has the model write for a bot that answers nobody yet.
func (f modelFlags) use(b *bot.Bot, log *slog.Logger) error {
	if err := f.check(); f == (modelFlags{}) || err != nil {
		return err
	}
	if f.KeyFile != "" {
		raw, err := os.ReadFile(f.KeyFile)
		if err != nil {
			return fmt.Errorf("the key of the language model: %w", err)
		}
		if f.Key = strings.TrimSpace(string(raw)); f.Key == "" || strings.ContainsAny(f.Key, "\r\n") {
			return fmt.Errorf("the key of the language model: %s does not hold one line", f.KeyFile)
		}
	}
	c, err := compose.NewOpenAI(compose.OpenAIConfig{
		URL: f.URL, Key: f.Key, Model: f.Model, Format: f.Format, Timeout: f.Timeout, Register: b.Register,
		Failed: func(err error) {
			log.Warn("the language model did not write; the policy was quoted as it stands", slog.String("error", err.Error()))
		},
	})
	if err != nil {
		return err
	}
	b.Composer = c
	return nil
}

// useHere is use for a command at a terminal. In a server that another process sent the
// command to, the server has chosen.
func (f modelFlags) useHere(s streams, b *bot.Bot) error {
	if s.house != nil {
		return nil
	}
	return f.use(b, stderrLog(s))
}

// stderrLog logs for commands that run at a terminal.
func stderrLog(s streams) *slog.Logger { return slog.New(slog.NewTextHandler(s.err, nil)) }
