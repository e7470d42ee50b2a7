package wecom

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxID bounds every identifier that the platform names, in bytes: they become keys.
const maxID = 256

// errMessage is returned for a message that is signed but makes no sense.
var errMessage = errors.New("the message makes no sense")

// A robotMessage is what WeCom posts to a robot: a message, a poll of a stream or an
// event (doc 100719, 101027).
type robotMessage struct {
	ID          string  `json:"msgid"`
	Robot       string  `json:"aibotid"`
	Chat        string  `json:"chatid"` // groups only
	ChatType    string  `json:"chattype"`
	From        sender  `json:"from"`
	ResponseURL string  `json:"response_url"`
	Type        string  `json:"msgtype"`
	Text        content `json:"text"`
	Voice       content `json:"voice"` // its transcript
	Mixed       struct {
		Items []struct {
			Type string  `json:"msgtype"`
			Text content `json:"text"`
		} `json:"msg_item"`
	} `json:"mixed"`
	Stream struct {
		ID string `json:"id"`
	} `json:"stream"`
	Created int64 `json:"create_time"` // seconds; events only
	Event   struct {
		Type     string     `json:"eventtype"`
		Click    robotClick `json:"template_card_event"`
		Feedback robotVote  `json:"feedback_event"`
	} `json:"event"`
}

type sender struct {
	User string `json:"userid"`
}

type content struct {
	Content string `json:"content"`
}

// A robotClick is a button of a template card that somebody pressed. The documents
// and what arrives differ in the spelling, so both are read.
type robotClick struct {
	Key   string `json:"event_key"`
	Key2  string `json:"EventKey"`
	Task  string `json:"task_id"`
	Task2 string `json:"TaskId"`
}

// A robotVote is the native feedback on a stream.
type robotVote struct {
	ID      string `json:"id"`   // feedback.id of the first frame
	Type    int    `json:"type"` // 1 accurate, 2 inaccurate, 3 withdrawn
	Content string `json:"content"`
	Reasons []int  `json:"inaccurate_reason_list"`
}

// What msgtype and chattype say.
const (
	typeText   = "text"
	typeVoice  = "voice"
	typeMixed  = "mixed"
	typeStream = "stream"
	typeEvent  = "event"
	chatGroup  = "group"
)

// parseRobot reads what WeCom posts to a robot. Identifiers in what it returns are
// printable, valid UTF-8 and at most maxID bytes.
func parseRobot(data []byte) (robotMessage, error) {
	var m robotMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%w: %s", errMessage, shapeOf(err))
	}
	c := &m.Event.Click
	if c.Key == "" {
		c.Key = c.Key2
	}
	if c.Task == "" {
		c.Task = c.Task2
	}
	for name, id := range map[string]string{
		"msgid": m.ID, "aibotid": m.Robot, "chatid": m.Chat, "from.userid": m.From.User, "stream.id": m.Stream.ID,
		"event_key": c.Key, "task_id": c.Task, "feedback_event.id": m.Event.Feedback.ID,
	} {
		if !isID(id) {
			return m, fmt.Errorf("%w: %s is no identifier", errMessage, name)
		}
	}
	switch {
	case m.Type == typeStream && m.Stream.ID == "":
		return m, fmt.Errorf("%w: a poll without stream.id", errMessage)
	case m.Type == typeStream: // the poll of a stream names it and needs no more
		return m, nil
	case m.ID == "", m.From.User == "", m.Type == "":
		return m, fmt.Errorf("%w: msgid, from.userid or msgtype is missing", errMessage)
	case m.ChatType == chatGroup && m.Chat == "":
		return m, fmt.Errorf("%w: a group without chatid", errMessage)
	}
	return m, nil
}

// text returns the words of a message, and whether there can be any in its kind.
func (m robotMessage) text() (string, bool) {
	switch m.Type {
	case typeText:
		return m.Text.Content, true
	case typeVoice:
		return m.Voice.Content, m.Voice.Content != ""
	case typeMixed:
		var words []string
		for _, item := range m.Mixed.Items {
			if item.Type == typeText {
				words = append(words, item.Text.Content)
			}
		}
		return strings.Join(words, "\n"), len(words) > 0
	}
	return "", false
}

// isID reports whether s can stand in a key and in a log. It may be empty.
func isID(s string) bool {
	return len(s) <= maxID && utf8.ValidString(s) && strings.IndexFunc(s, notGraphic) < 0
}

func notGraphic(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }

// shapeOf says what is wrong with JSON or XML without repeating any of it.
func shapeOf(err error) string {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Sprintf("%s is no %s", wrongType.Field, wrongType.Type)
	}
	return "it cannot be read"
}

// stripMention takes the mentions of the robot out of what was typed in a group. The
// name may hold spaces and is followed by a blank; at the start, where the client
// puts it, by anything. Without a name the first word goes if it is a mention.
func stripMention(text, name string) string {
	text = strings.TrimFunc(text, blank)
	if name == "" {
		if strings.HasPrefix(text, "@") {
			if i := strings.IndexFunc(text, blank); i > 0 {
				return strings.TrimFunc(text[i:], blank)
			}
			return ""
		}
		return text
	}
	mention := "@" + name
	for rest, found := strings.CutPrefix(text, mention); found; rest, found = strings.CutPrefix(text, mention) {
		text = strings.TrimFunc(rest, blank)
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, mention)
		out.WriteString(before)
		if !found {
			return strings.TrimFunc(out.String(), blank)
		}
		if next, _ := utf8.DecodeRuneInString(after); after != "" && !blank(next) {
			out.WriteString(mention) // somebody of a longer name
		}
		text = after
	}
}

// blank reports a space, also the ones that chat clients put around mentions.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff'
}
