package slack

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// maxName bounds how much of a display name is kept, in characters.
const maxName = 80

// An incoming is one request of Slack's, read. Everything empty: nothing to do.
type incoming struct {
	challenge string          // Slack asks whether the address is ours, and wants this back
	limited   bool            // Slack has dropped events because there were too many
	event     *adapters.Event // what somebody did
	trigger   string          // opens a form, for three seconds
	reply     string          // response_url of event, for the parser's caller to judge
	private   bool            // event is answered by reply, because only its user sees the message
	empty     bool            // a slash command without a question: there is nothing to keep
}

// errMalformed is what every parser returns for what Slack does not send. It carries
// nothing of the request.
var errMalformed = errors.New("the request is none of Slack's")

// named reports whether all of these are IDs or timestamps as Slack writes them. They
// become part of keys and addresses.
func named(ids ...string) bool {
	for _, s := range ids {
		if !slackID.MatchString(s) {
			return false
		}
	}
	return true
}

var slackID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// An envelope is what the Events API posts.
type envelope struct {
	Type           string `json:"type"`
	Challenge      string `json:"challenge"`
	EventID        string `json:"event_id"`
	Authorizations []struct {
		UserID string `json:"user_id"`
		IsBot  bool   `json:"is_bot"`
	} `json:"authorizations"`
	Event innerEvent `json:"event"`
}

// An innerEvent is what happened.
type innerEvent struct {
	Type        string            `json:"type"`
	Subtype     string            `json:"subtype"`
	Hidden      bool              `json:"hidden"`
	BotID       string            `json:"bot_id"`
	User        string            `json:"user"`
	Text        string            `json:"text"`
	TS          string            `json:"ts"`
	ThreadTS    string            `json:"thread_ts"`
	EventTS     string            `json:"event_ts"`
	Channel     string            `json:"channel"`
	ChannelType string            `json:"channel_type"`
	Files       []json.RawMessage `json:"files"`
}

// parseEvent reads a request of the Events API.
func parseEvent(body []byte) (incoming, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return incoming{}, errMalformed
	}
	switch e.Type {
	case "url_verification":
		if e.Challenge == "" {
			return incoming{}, errMalformed
		}
		return incoming{challenge: e.Challenge}, nil
	case "app_rate_limited":
		return incoming{limited: true}, nil
	case "event_callback":
		if !named(e.EventID) {
			return incoming{}, errMalformed
		}
	default:
		return incoming{}, nil
	}
	bot := ""
	for _, a := range e.Authorizations { // those that the event is delivered to: we, or who installed us
		if a.IsBot {
			bot = a.UserID
		}
	}
	if ev := &e.Event; ev.Hidden || ev.BotID != "" || ev.User == "" || ev.User == bot || ev.User == "USLACKBOT" {
		return incoming{}, nil // bots, ourselves among them, are not answered
	}
	return e.Event.read("event:"+e.EventID, bot)
}

// read returns what the event means to us: a mention in a channel, a message in a
// direct conversation, or the opening of one. A mention that comes as a message too is
// ignored as such: it is the app_mention that counts.
func (ev *innerEvent) read(key, bot string) (incoming, error) {
	switch {
	case ev.Type == "app_home_opened":
		if !named(ev.Channel, ev.User) {
			return incoming{}, errMalformed
		}
		return incoming{event: &adapters.Event{
			Kind: adapters.KindWelcome, Keys: []string{key, "welcome:" + ev.User}, Conversation: ev.Channel, User: ev.User,
			At: timeOf(ev.EventTS), To: adapters.Address{Conversation: ev.Channel, User: ev.User},
		}}, nil
	case ev.Type == "app_mention":
	case ev.Type == "message" && ev.ChannelType == "im":
	default:
		return incoming{}, nil
	}
	switch ev.Subtype {
	case "", "file_share", "thread_broadcast":
	default: // edits, deletions, joins: nothing is asked
		return incoming{}, nil
	}
	if !named(ev.Channel, ev.User, ev.TS) || ev.ThreadTS != "" && !named(ev.ThreadTS) {
		return incoming{}, errMalformed
	}
	thread := ev.ThreadTS
	if thread == "" && !strings.HasPrefix(ev.Channel, "D") {
		thread = ev.TS // in a channel every question begins a thread
	}
	out := adapters.Event{
		Kind: adapters.KindText,
		// The same message comes under several event IDs: as mention and as message, and
		// up to eleven times (slackapi/node-slack-sdk#2141).
		Keys: []string{key, "message:" + ev.Channel + ":" + ev.TS}, Conversation: conversation(ev.Channel, thread),
		User: ev.User, Text: plain(ev.Text, bot), At: timeOf(ev.TS),
		To: adapters.Address{Conversation: ev.Channel, Thread: thread, User: ev.User, Message: ev.TS},
	}
	if out.Text == "" && len(ev.Files) > 0 {
		out.Kind = adapters.KindUnsupported
	}
	return incoming{event: &out}, nil
}

// conversation returns what has a history: a thread, or a direct conversation.
func conversation(channel, thread string) string {
	if thread == "" {
		return channel
	}
	return channel + "/" + thread
}

// timeOf reads a timestamp as in 1515449522.000016; zero if it is none.
func timeOf(ts string) time.Time {
	seconds, _, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 || n > 1<<36 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// parseCommand reads a slash command. The answer is for the asker alone.
func parseCommand(body []byte) (incoming, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return incoming{}, errMalformed
	}
	channel, user, trigger := form.Get("channel_id"), form.Get("user_id"), form.Get("trigger_id")
	if !named(channel, user, trigger) || form.Get("command") == "" || form.Get("response_url") == "" {
		return incoming{}, errMalformed
	}
	text := plain(form.Get("text"), "")
	return incoming{private: true, empty: text == "", trigger: trigger, reply: form.Get("response_url"), event: &adapters.Event{
		Kind: adapters.KindText, Keys: []string{"command:" + trigger}, Conversation: channel + "@" + user,
		User: user, Name: clip(tidy(form.Get("user_name")), maxName), Text: text,
		To: adapters.Address{Conversation: channel, User: user},
	}}, nil
}

// An interaction is a pressed button or a submitted form.
type interaction struct {
	Type        string `json:"type"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	User        struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	} `json:"user"`
	Container struct {
		MessageTS   string `json:"message_ts"`
		ChannelID   string `json:"channel_id"`
		ThreadTS    string `json:"thread_ts"`
		IsEphemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Actions []struct {
		ActionID string `json:"action_id"`
		ActionTS string `json:"action_ts"`
		Value    string `json:"value"`
	} `json:"actions"`
	View struct {
		ID         string `json:"id"`
		CallbackID string `json:"callback_id"`
		Metadata   string `json:"private_metadata"`
		State      struct {
			Values map[string]map[string]struct {
				Value string `json:"value"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// parseInteraction reads what a button or a form sends.
func parseInteraction(body []byte) (incoming, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return incoming{}, errMalformed
	}
	var p interaction
	if err := json.Unmarshal([]byte(form.Get("payload")), &p); err != nil || !named(p.User.ID) {
		return incoming{}, errMalformed
	}
	switch p.Type {
	case "block_actions":
		return p.pressed()
	case "view_submission":
		return p.submitted()
	}
	return incoming{}, nil
}

// pressed reads which of our buttons was pressed.
func (p *interaction) pressed() (incoming, error) {
	if len(p.Actions) == 0 {
		return incoming{}, errMalformed
	}
	a, at := p.Actions[0], p.Container // Slack sends one action per click
	if a.ActionID != actionVote && !strings.HasPrefix(a.ActionID, actionPress) {
		return incoming{}, nil // a link, or of an older version
	}
	kind, answer, ok := adapters.ParseValue(a.Value)
	if !ok || !named(a.ActionID, a.ActionTS, at.ChannelID, at.MessageTS) || at.ThreadTS != "" && !named(at.ThreadTS) || at.IsEphemeral && p.ResponseURL == "" {
		return incoming{}, errMalformed
	}
	where := conversation(at.ChannelID, at.ThreadTS)
	if at.IsEphemeral {
		where = at.ChannelID + "@" + p.User.ID // the answer to a slash command
	}
	return incoming{private: at.IsEphemeral, trigger: p.TriggerID, reply: p.ResponseURL, event: &adapters.Event{
		Kind: kind, Keys: []string{"action:" + p.User.ID + ":" + a.ActionTS + ":" + a.ActionID}, Conversation: where,
		User: p.User.ID, Name: clip(tidy(p.User.Username), maxName), Answer: answer, At: timeOf(a.ActionTS),
		To: adapters.Address{Conversation: at.ChannelID, Thread: at.ThreadTS, User: p.User.ID, Message: at.MessageTS},
	}}, nil
}

// A mark is what the form for the reason of a 👎 carries through Slack, as JSON.
type mark struct {
	Answer       string `json:"answer"`
	Conversation string `json:"conversation"`
	Channel      string `json:"channel"`
	Thread       string `json:"thread,omitempty"`
	Message      string `json:"message"`
}

// submitted reads the form that asks for the reason of a 👎.
func (p *interaction) submitted() (incoming, error) {
	if p.View.CallbackID != callbackReason {
		return incoming{}, nil
	}
	var m mark
	err := json.Unmarshal([]byte(p.View.Metadata), &m)
	if err != nil || !named(p.View.ID) || m.Answer == "" || m.Conversation == "" || m.Channel == "" {
		return incoming{}, errMalformed
	}
	why := tidy(p.View.State.Values[blockReason][inputReason].Value)
	if why == "" {
		return incoming{}, nil // the vote stands without it
	}
	return incoming{event: &adapters.Event{
		Kind: adapters.KindDown, Keys: []string{"view:" + p.View.ID}, Conversation: m.Conversation, User: p.User.ID,
		Name: clip(tidy(p.User.Username), maxName), Answer: m.Answer, Reason: clip(why, maxReason),
		To: adapters.Address{Conversation: m.Channel, Thread: m.Thread, User: p.User.ID, Message: m.Message},
	}}, nil
}
