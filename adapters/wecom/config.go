package wecom

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// The kinds of channels, as the first half of their IDs.
const (
	KindRobot = "wecom-aibot"
	KindApp   = "wecom-app"
	KindGroup = "wecom-group"
)

// A Secret is the pair that the console shows beside a callback URL.
type Secret struct {
	Token  string // Token
	AESKey string // EncodingAESKey, 43 characters
}

// RobotConfig is what a robot 智能机器人 in URL mode is made of.
type RobotConfig struct {
	ID string // wecom-aibot:name
	// Secret of the callback URL; Old is accepted too while it is being changed, and may
	// be zero.
	Secret, Old Secret
	// BotName is what people write after the @ in groups. Empty: the first word of a
	// message is taken for it, which is wrong for names with spaces.
	BotName string
	// Stream is how long an answer can be fetched by the platform, which gives up after 6
	// minutes (doc 100719; newer text says 10); zero: 5 min 30 s.
	Stream time.Duration
	// NoCards: no template cards, as for clients that do not show them. A person is then
	// reached by words.
	NoCards bool
	// MaxAge bounds how far the timestamp of a request may be from the clock here: below
	// adapters.KeepKeys. Zero: 24 h, for it is not documented whether a redelivery renews it.
	MaxAge  time.Duration
	BaseURL string       // of the API; empty: the public one
	Log     *slog.Logger // nil: slog.Default
}

// AppConfig is what an application 自建应用 is made of.
type AppConfig struct {
	ID          string // wecom-app:name
	CorpID      string
	AgentID     int64
	AppSecret   string // Secret of the application
	Secret, Old Secret // as in RobotConfig
	// Markdown: answers are sent as markdown where it can show them unchanged. Members who
	// read in WeChat (微工作台) do not see such messages at all, so the default is text.
	Markdown bool
	NoCards  bool          // as in RobotConfig
	MaxAge   time.Duration // as in RobotConfig
	BaseURL  string        // of the API; empty: the public one
	Log      *slog.Logger  // nil: slog.Default
}

// GroupConfig is what a group robot 群机器人 is made of. It only sends: notices that
// somebody wants a person, and reports.
type GroupConfig struct {
	ID       string   // wecom-group:name
	Key      string   // of its webhook URL; a secret
	Mention  []string // user IDs that each message mentions; @all for everybody
	Markdown bool     // as in AppConfig; without Mention only
	BaseURL  string   // of the API; empty: the public one
}

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// check returns what of a configuration is wrong, all at once.
func check(kind, id string, needed map[string]string) error {
	var wrong []error
	if given, rest, _ := strings.Cut(id, ":"); given != kind || !name.MatchString(rest) {
		wrong = append(wrong, fmt.Errorf("the ID is %s: and a name of a-z, 0-9, _ and -, not %q", kind, id))
	}
	for _, field := range []string{"corp_id", "secret", "key"} {
		if value, ok := needed[field]; ok && value == "" {
			wrong = append(wrong, fmt.Errorf("%s is missing", field))
		}
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	return nil
}

// oldest returns how old a request may be, given what is configured.
func oldest(maxAge time.Duration) (time.Duration, error) {
	switch {
	case maxAge == 0:
		return 24 * time.Hour, nil
	case maxAge < 0 || maxAge >= adapters.KeepKeys:
		return 0, fmt.Errorf("max_age is below %s, not %s: what is older is not known any more to have been answered", adapters.KeepKeys, maxAge)
	}
	return maxAge, nil
}

// crypts returns the crypts of the secrets, the present one first.
func crypts(receive string, secret, old Secret) ([]*crypt, error) {
	present, err := newCrypt(secret.Token, secret.AESKey, receive)
	if err != nil {
		return nil, fmt.Errorf("token, aes_key: %w", err)
	}
	if old == (Secret{}) {
		return []*crypt{present}, nil
	}
	former, err := newCrypt(old.Token, old.AESKey, receive)
	if err != nil {
		return nil, fmt.Errorf("old_token, old_aes_key: %w", err)
	}
	return []*crypt{present, former}, nil
}

// path returns the path of a channel's callback URL.
func path(id string) string {
	return "/ch/" + strings.Replace(id, ":", "/", 1) + "/callback"
}

// logger returns the log of a channel.
func logger(log *slog.Logger, id string) *slog.Logger {
	if log == nil {
		log = slog.Default()
	}
	return log.With(slog.String("channel", id))
}

var (
	_ adapters.Platform  = (*Robot)(nil)
	_ adapters.Platform  = (*App)(nil)
	_ adapters.Confirmer = (*App)(nil)
	_ adapters.Platform  = (*Group)(nil)
)
