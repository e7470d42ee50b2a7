package api

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/bot"
)

// channel names the API in what is kept of conversations.
const channel = "api"

// The limits of what a request about a conversation may hold.
const (
	keptTurns    = 50   // exchanges of a conversation that are searched for persons' replies
	maxHistory   = 20   // earlier questions that are read; a follow-up points no further back
	maxID        = 256  // characters of an id or user that the caller chooses
	maxReason    = 2000 // characters of the reason for a vote
	secretLength = 16   // least characters of a conversation's name that nobody else must guess
)

// askRequest is a question. With a conversation (or an Idempotency-Key) the exchange is
// kept and earlier questions of the conversation count; else nothing is kept and the
// caller says in history what was asked before.
type askRequest struct {
	ID           string   `json:"id"`
	Text         *string  `json:"text"`
	History      []string `json:"history"`
	AsOf         string   `json:"as_of"`
	Conversation string   `json:"conversation"`
	User         string   `json:"user"`
}

var (
	goodConversation = regexp.MustCompile(`^[A-Za-z0-9._~:@-]{1,128}$`)
	goodIdempotency  = regexp.MustCompile(`^[\x21-\x7e]{16,255}$`)
)

// The headers beside an answer that was kept.
const (
	headerIdempotency = "Idempotency-Key"
	headerAnswer      = "Wence-Answer-Id" // for feedback and GET /api/v1/answers/ID
	headerTicket      = "Wence-Ticket"    // of an answer that hands over to a person
	headerReplayed    = "Idempotency-Replayed"
)

// ask answers one question: the object of wence ask --jsonl.
func (a *API) ask(w http.ResponseWriter, r *http.Request) error {
	var in askRequest
	if err := readJSON(r, true, &in); err != nil {
		return err
	}
	if in.Text == nil {
		return badRequest("缺少 text,即要问的问题。")
	}
	if err := checkText("请求", append([]string{in.ID, *in.Text, in.User}, in.History...)...); err != nil {
		return err
	}
	if utf8.RuneCountInString(in.ID) > maxID || utf8.RuneCountInString(in.User) > maxID {
		return badRequest("id 和 user 最多 %d 个字符。", maxID)
	}
	key := r.Header.Get(headerIdempotency)
	if in.Conversation == "" && key == "" {
		q := bot.Question{ID: in.ID, Text: *in.Text, History: in.History[max(0, len(in.History)-maxHistory):], AsOf: in.AsOf}
		answer, err := a.Bot.Ask(r.Context(), q)
		if err != nil {
			return err
		}
		if answer.Outcome == bot.HandedOver {
			answer.Text += "\n" + phrases.Say("no_ticket") // nobody knows whom to call back
		}
		return writeJSON(w, answer)
	}
	return a.askKept(w, r, in, key)
}

// askKept answers a question of a conversation and keeps the exchange.
func (a *API) askKept(w http.ResponseWriter, r *http.Request, in askRequest, key string) error {
	c := callerOf(r.Context())
	switch {
	case a.reception == nil:
		return notKept()
	case len(in.History) > 0:
		return badRequest("history 和 conversation(或 Idempotency-Key)只能用一个:有 conversation 时,前面的问题由服务器记着。")
	case in.AsOf != "":
		return badRequest("as_of 只能用于不保存的提问;请去掉 conversation 和 Idempotency-Key。")
	case strings.TrimSpace(*in.Text) == "":
		return badRequest("text 是空的,请写上要问的问题。")
	case in.Conversation != "" && !goodConversation.MatchString(in.Conversation):
		return badRequest("conversation 由 1 到 128 个字母、数字或 . _ ~ : @ - 组成。")
	case in.Conversation != "" && c.key == nil && len(in.Conversation) < secretLength:
		return badRequest("不带密钥时,conversation 至少 %d 个字符,并且不能让别人猜到。", secretLength)
	case key != "" && !goodIdempotency.MatchString(key):
		return badRequest("Idempotency-Key 由 16 到 255 个可见的 ASCII 字符组成,例如一个 UUID。")
	}
	inquiry := bot.Inquiry{ID: bot.NewID(), Channel: channel, User: in.User, Question: *in.Text}
	if key != "" {
		inquiry.ID = idOf(c, key)
	}
	inquiry.Conversation = c.name + "/" + in.Conversation
	if in.Conversation == "" {
		inquiry.Conversation += inquiry.ID
	}
	start := time.Now().UTC()
	reply, err := a.reception.Ask(r.Context(), inquiry)
	if err != nil {
		return err
	}
	w.Header().Set(headerAnswer, reply.ID)
	if reply.Asked.Before(start.Truncate(time.Millisecond)) { // stores keep no nanoseconds
		w.Header().Set(headerReplayed, "true")
	}
	if reply.Ticket != nil {
		w.Header().Set(headerTicket, reply.Ticket.ID)
		reply.Answer.Text += "\n" + phrases.Say("ticket", "ticket", reply.Ticket.ID)
	}
	if reply.Answer.ID = in.ID; in.ID == "" {
		reply.Answer.ID = reply.ID
	}
	return writeJSON(w, reply.Answer)
}

// idOf derives the ID of an answer from an idempotency key, so that sending a request
// again leads to the same answer, on every node and after a restart. Who knows neither
// the caller's key nor the idempotency key cannot guess it.
func idOf(c caller, key string) string {
	secret := c.name
	if c.key != nil {
		secret = c.key.Hash
	}
	sum := sha256.Sum256([]byte("wence answer\x00" + secret + "\x00" + key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func notKept() error {
	return refuse(http.StatusNotImplemented, kindNotKept, "这里不保存对话", "请不带 conversation 和 Idempotency-Key 提问,并用 history 给出前面的问题。")
}

// exchangeView is a kept exchange.
type exchangeView struct {
	ID       string     `json:"id"`
	Question string     `json:"question"`
	User     string     `json:"user"`
	Asked    time.Time  `json:"asked"`
	Answered time.Time  `json:"answered"`
	Answer   bot.Answer `json:"answer"`
	Replies  []turnView `json:"replies"` // what persons have said in its conversation since
}

// kept returns an exchange of the caller; to others it is not there.
func (a *API) kept(r *http.Request, id string) (bot.Exchange, error) {
	if a.Records == nil {
		return bot.Exchange{}, notKept()
	}
	if err := checkText("编号", id); err != nil {
		return bot.Exchange{}, err
	}
	e, err := a.Records.Exchange(r.Context(), id)
	if err != nil && !errors.Is(err, bot.ErrNotFound) {
		return bot.Exchange{}, err
	}
	if err != nil || e.Channel != channel || !strings.HasPrefix(e.Conversation, callerOf(r.Context()).name+"/") {
		return bot.Exchange{}, refuse(http.StatusNotFound, kindNotFound, "没有找到这条回答", "编号见提问时的响应头 %s;用别的密钥问的回答看不到。", headerAnswer)
	}
	return e, nil
}

// answer returns a kept exchange as it was given, whatever the policies say by now.
func (a *API) answer(w http.ResponseWriter, r *http.Request) error {
	e, err := a.kept(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	later, err := a.Records.Conversation(r.Context(), e.Channel, e.Conversation, keptTurns)
	if err != nil {
		return err
	}
	return writeJSON(w, exchangeView{
		ID: e.ID, Question: e.Question, User: e.User, Asked: e.Asked, Answered: e.Answered, Answer: e.Answer, Replies: repliesIn(later),
	})
}

// feedbackRequest is what a user thinks of an answer; the last one counts.
type feedbackRequest struct {
	Answer string   `json:"answer"` // Wence-Answer-Id
	Vote   bot.Vote `json:"vote"`
	Reason string   `json:"reason"`
	User   string   `json:"user"`
}

// feedback keeps a vote on a kept answer.
func (a *API) feedback(w http.ResponseWriter, r *http.Request) error {
	var in feedbackRequest
	if err := readJSON(r, true, &in); err != nil {
		return err
	}
	switch {
	case in.Answer == "":
		return badRequest("缺少 answer,即回答的编号,见提问时响应头 %s。", headerAnswer)
	case in.Vote == "":
		return badRequest("缺少 vote:up、down 或 none(撤回)。")
	case utf8.RuneCountInString(in.Reason) > maxReason || utf8.RuneCountInString(in.User) > maxID:
		return badRequest("reason 最多 %d 个字符,user 最多 %d 个字符。", maxReason, maxID)
	}
	if err := oneOf("vote", string(in.Vote), bot.VoteUp, bot.VoteDown, bot.VoteNone); err != nil {
		return err
	}
	if err := checkText("请求", in.Reason, in.User); err != nil {
		return err
	}
	e, err := a.kept(r, in.Answer)
	if err != nil {
		return err
	}
	if err := a.Records.Rate(r.Context(), bot.Feedback{Answer: e.ID, User: in.User, Vote: in.Vote, Reason: in.Reason, At: time.Now().UTC()}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
