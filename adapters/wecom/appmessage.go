package wecom

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
)

// An appMessage is what WeCom posts to an application: a message (doc 90239) or an
// event (doc 90240). MsgId has 64 bits and stays text.
type appMessage struct {
	To      string `xml:"ToUserName"` // the corp
	From    string `xml:"FromUserName"`
	Created int64  `xml:"CreateTime"` // seconds
	Type    string `xml:"MsgType"`
	Content string `xml:"Content"`
	ID      string `xml:"MsgId"`
	Agent   int64  `xml:"AgentID"`

	Event        string `xml:"Event"`
	Key          string `xml:"EventKey"`
	Task         string `xml:"TaskId"`
	ResponseCode string `xml:"ResponseCode"` // updates the card once, for 72 h
}

// parseApp reads what WeCom posts to an application. Identifiers in what it returns
// are printable, valid UTF-8 and at most maxID bytes.
func parseApp(data []byte) (appMessage, error) {
	var m appMessage
	if err := xml.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%w: %s", errMessage, shapeOf(err))
	}
	for name, id := range map[string]string{
		"FromUserName": m.From, "MsgId": m.ID, "Event": m.Event, "EventKey": m.Key, "TaskId": m.Task,
	} {
		if !isID(id) {
			return m, fmt.Errorf("%w: %s is no identifier", errMessage, name)
		}
	}
	switch {
	case m.From == "", m.Type == "":
		return m, fmt.Errorf("%w: FromUserName or MsgType is missing", errMessage)
	case m.Type == typeEvent && (m.Event == "" || m.Created == 0):
		return m, fmt.Errorf("%w: an event without Event or CreateTime", errMessage)
	case m.Type != typeEvent && m.ID == "":
		return m, fmt.Errorf("%w: a message without MsgId", errMessage)
	}
	// User IDs do not tell upper from lower case, and answers list them in lower case.
	m.From = strings.ToLower(m.From)
	return m, nil
}

// key returns what tells this message from others: the platform gives events no ID.
func (m appMessage) key() string {
	if m.Type != typeEvent {
		return "msg:" + m.ID
	}
	return fmt.Sprintf("event:%s:%d:%s:%s:%s", m.From, m.Created, m.Event, m.Key, m.Task)
}

// sealedXML and sealedJSON return the ciphertext of a callback's body.
func sealedXML(body []byte) (string, error) {
	var envelope struct {
		Encrypt string `xml:"Encrypt"`
	}
	err := xml.Unmarshal(body, &envelope)
	return envelope.Encrypt, err
}

func sealedJSON(body []byte) (string, error) {
	var envelope struct {
		Encrypt string `json:"encrypt"`
	}
	err := json.Unmarshal(body, &envelope)
	return envelope.Encrypt, err
}
