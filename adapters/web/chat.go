package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// chat mounts the chat page and what its forms and its script call. Each works with a
// form, and answers a script that asks for JSON.
func (s *Server) chat() {
	s.engine.GET("/", func(g *gin.Context) { s.chatPage(g, false) })
	s.engine.GET("/embed", func(g *gin.Context) { s.chatPage(g, true) })
	s.engine.POST("/chat", s.throttle, s.ask)
	s.engine.POST("/chat/new", func(g *gin.Context) {
		s.newConversation(g)
		if g.PostForm("embedded") != "" {
			g.Redirect(http.StatusSeeOther, "/embed")
			return
		}
		g.Redirect(http.StatusSeeOther, "/")
	})
	s.engine.GET(eventsPath, s.events)
	s.engine.GET(repliesPath, s.replies)
	s.engine.GET("/a/:id", s.answerPage)
	s.engine.POST("/a/:id/vote", s.throttle, s.vote)
	s.engine.POST("/a/:id/handover", s.throttle, s.handOver)
	// Who loads an error of a form again goes back to where the form is.
	home := func(g *gin.Context) { g.Redirect(http.StatusSeeOther, "/") }
	answer := func(g *gin.Context) { g.Redirect(http.StatusSeeOther, "/a/"+url.PathEscape(g.Param("id"))) }
	s.engine.GET("/chat", home)
	s.engine.GET("/chat/new", home)
	s.engine.GET("/a/:id/vote", answer)
	s.engine.GET("/a/:id/handover", answer)
}

// throttle refuses what comes too fast from one address.
func (s *Server) throttle(g *gin.Context) {
	if !s.rates.allow(g.ClientIP()) {
		s.problem(g, tooMany)
	}
}

// A conversation is named by a secret that only the asker's browser has: in a cookie,
// and in the form, for a frame in another site's page gets no cookie. What is kept is
// derived from it.
const (
	conversationCookie = "wence_conversation"
	conversationField  = "conversation"
)

var goodSecret = regexp.MustCompile(`^[A-Z2-7]{26}$`) // rand.Text

// secret returns the secret of the conversation, or "" if there is none yet.
func secret(g *gin.Context) string {
	if v := g.PostForm(conversationField); goodSecret.MatchString(v) {
		return v
	}
	if v, err := g.Cookie(conversationCookie); err == nil && goodSecret.MatchString(v) {
		return v
	}
	return ""
}

// newConversation begins a conversation and returns its secret.
func (s *Server) newConversation(g *gin.Context) string {
	v := rand.Text()
	http.SetCookie(g.Writer, &http.Cookie{
		Name: conversationCookie, Value: v, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: g.Request.TLS != nil || g.GetHeader("X-Forwarded-Proto") == "https",
	})
	return v
}

// conversation returns the secret of the conversation and what it is kept under.
func (s *Server) conversation(g *gin.Context) (secretText, kept string) {
	v := secret(g)
	if v == "" {
		v = s.newConversation(g)
	}
	return v, derive("conversation", v)
}

type chatData struct {
	asking
	Turns    []turnView
	Examples []string
	Embedded bool
}

// asking is what the form of the next question holds.
type asking struct {
	Secret string // of the conversation; empty: that of the cookie
	Key    string // of the question; empty: any
	Shown  string // see shownField
}

// idsOf returns what shownField says of turns.
func idsOf(turns []turnView) string {
	var ids []string
	for _, t := range turns {
		ids = append(ids, t.ID)
	}
	return strings.Join(ids, " ")
}

// examplesShown is how many questions the empty page offers.
const examplesShown = 6

func (s *Server) chatPage(g *gin.Context, embedded bool) {
	v, conversation := s.conversation(g)
	data := chatData{asking: asking{Secret: v, Key: rand.Text()}, Embedded: embedded}
	exchanges, err := s.Records.Conversation(g.Request.Context(), Channel, conversation, shownTurns)
	if err != nil {
		s.fail(g, err)
		return
	}
	if data.Turns, err = s.turnViews(g.Request.Context(), conversation, exchanges...); err != nil {
		s.fail(g, err)
		return
	}
	data.Shown = idsOf(data.Turns)
	if len(data.Turns) == 0 {
		data.Examples = s.Offers.SampleQuestions(examplesShown)
	}
	g.Header("Cache-Control", "no-store")
	name := "chat"
	if embedded {
		name = "embed"
	}
	s.show(g, http.StatusOK, name, page{Title: "政策咨询", Place: "chat", Data: data})
}

// field returns a field of the form; ok is false, and the problem told, if it is not
// what it should be.
func (s *Server) field(g *gin.Context, name string, maxRunes int) (string, bool) {
	if t := g.ContentType(); t != gin.MIMEPOSTForm && g.Request.ContentLength != 0 {
		s.problem(g, noForm)
		return "", false
	}
	if err := g.Request.ParseForm(); err != nil {
		var big *http.MaxBytesError
		switch {
		case errors.As(err, &big):
			s.problem(g, tooLong)
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.problem(g, tooSlow)
		default:
			s.problem(g, badForm)
		}
		return "", false
	}
	text, p, ok := clean(g.Request.PostForm.Get(name), maxRunes)
	if !ok {
		s.problem(g, p)
	}
	return text, ok
}

// shownField names the answers that the page shows with a question, with blanks between
// them: what another tab of the same conversation has asked since is not followed.
const shownField = "shown"

// shown returns what the page says it shows; nil if it does not say.
func shown(g *gin.Context) []string {
	v, said := g.GetPostForm(shownField)
	if !said {
		return nil
	}
	ids := strings.Fields(v)
	return append([]string{}, ids[max(0, len(ids)-shownTurns):]...)
}

// ask takes a question. A script gets the ID of the answer to come as soon as the question
// is kept, and the rest from events; a form waits.
func (s *Server) ask(g *gin.Context) {
	question, ok := s.field(g, "question", maxQuestion)
	if !ok {
		return
	}
	if question == "" {
		s.problem(g, emptyForm)
		return
	}
	key := g.GetHeader("Idempotency-Key")
	if key == "" {
		key = g.PostForm("key")
	}
	if key == "" || len(key) > 200 {
		key = rand.Text()
	}
	_, conversation := s.conversation(g)
	t := s.begin(g.Request.Context(), key, bot.Inquiry{Conversation: conversation, Question: question, Shown: shown(g)})
	if t == nil {
		s.problem(g, busy)
		return
	}
	if !wantsPage(g.Request) {
		switch gone, err := s.promise(g.Request.Context(), t); {
		case gone:
			return
		case err != nil:
			s.fail(g, err)
			return
		}
		g.JSON(http.StatusAccepted, gin.H{"answer_id": t.ID, "events": "/chat/answers/" + t.ID + "/events"})
		return
	}
	_ = http.NewResponseController(g.Writer).SetWriteDeadline(time.Now().Add(answerTime + s.times.write))
	select {
	case <-t.done:
	case <-g.Request.Context().Done():
		return
	}
	if t.err != nil {
		s.fail(g, t.err)
		return
	}
	g.Redirect(http.StatusSeeOther, "/#a-"+t.ID)
}

// exchange returns the exchange that a request is about; ok is false, and the problem
// told, if there is none.
func (s *Server) exchange(g *gin.Context) (bot.Exchange, bool) {
	e, err := s.Records.Exchange(g.Request.Context(), g.Param("id"))
	switch {
	case errors.Is(err, bot.ErrNotFound), err == nil && e.Question == "":
		s.problem(g, goneAnswer)
		return e, false
	case err != nil:
		s.fail(g, err)
		return e, false
	}
	return e, true
}

type answerData struct {
	Turn turnView
	asking
}

// answerPage shows one answer on its own: what a link from any channel leads to.
func (s *Server) answerPage(g *gin.Context) {
	e, ok := s.exchange(g)
	if !ok {
		return
	}
	_, conversation := s.conversation(g)
	t, err := s.turnViews(g.Request.Context(), conversation, e)
	if err != nil {
		s.fail(g, err)
		return
	}
	g.Header("Cache-Control", "no-store")
	s.show(g, http.StatusOK, "answer", page{Title: e.Question, Place: "chat", Data: answerData{t[0], asking{Shown: e.ID}}})
}

// vote keeps what the asker thinks of an answer.
func (s *Server) vote(g *gin.Context) {
	reason, ok := s.field(g, "reason", maxReason)
	if !ok {
		return
	}
	e, ok := s.exchange(g)
	if !ok {
		return
	}
	_, conversation := s.conversation(g)
	f := bot.Feedback{Answer: e.ID, User: conversation, Vote: bot.Vote(g.PostForm("vote")), Reason: reason}
	if f.Check() != nil {
		s.problem(g, badVote)
		return
	}
	if err := s.Reception.Rate(g.Request.Context(), e.Channel, f); err != nil {
		s.fail(g, err)
		return
	}
	s.back(g, e, conversation)
}

// handOver asks for a person.
func (s *Server) handOver(g *gin.Context) {
	e, ok := s.exchange(g)
	if !ok {
		return
	}
	_, conversation := s.conversation(g)
	ctx := g.Request.Context()
	ticket := bot.Ticket{Channel: e.Channel, Conversation: e.Conversation, User: e.User, Answer: e.ID}
	var err error
	if ticket.Address, err = adapters.AddressOf(ctx, s.Queue, e); err == nil {
		ticket, _, err = s.Reception.HandOver(ctx, ticket)
	}
	if err == nil && s.Tell != nil && e.Channel != Channel { // about those of this page others are told anyway
		err = s.Tell(ctx, ticket)
	}
	if err != nil {
		s.fail(g, err)
		return
	}
	s.back(g, e, conversation)
}

// back shows what came of a vote or a ticket: to a script the new buttons, else the
// page that it was on.
func (s *Server) back(g *gin.Context, e bot.Exchange, conversation string) {
	if wantsPage(g.Request) {
		if e.Conversation == conversation {
			g.Redirect(http.StatusSeeOther, "/#v-"+e.ID)
		} else {
			g.Redirect(http.StatusSeeOther, "/a/"+e.ID)
		}
		return
	}
	t, err := s.turnViews(g.Request.Context(), conversation, e)
	if err != nil {
		s.fail(g, err)
		return
	}
	html, err := s.piece("actions", t[0])
	if err != nil {
		s.fail(g, err)
		return
	}
	g.JSON(http.StatusOK, gin.H{"html": html})
}
