package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/wence-bot/wence/bot"
)

var _ bot.Lessons = (*Store)(nil)

// The actions stand in the statement, or the index of them would not be used.
const selectLessons = `SELECT action, subject, detail FROM audit WHERE action IN ('lesson', 'lesson.remove') ORDER BY seq`

// lessonDetail is the detail of the audit entry of a lesson.
type lessonDetail struct {
	Lesson *bot.Lesson `json:"lesson,omitempty"`
	Reason string      `json:"reason,omitempty"`
}

// Lessons implements bot.Lessons.
func (s *Store) Lessons(ctx context.Context) ([]bot.Lesson, error) {
	known, err := lessons(ctx, s.reader)
	if err != nil {
		return nil, fmt.Errorf("store: lessons: %w", s.explain(err))
	}
	var out []bot.Lesson
	for _, answer := range slices.Sorted(maps.Keys(known)) {
		out = append(out, known[answer])
	}
	return out, nil
}

func lessons(ctx context.Context, q querier) (map[string]bot.Lesson, error) {
	known := map[string]bot.Lesson{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var action, answer, detail string
		if err := rows.Scan(&action, &answer, &detail); err != nil {
			return err
		}
		var d lessonDetail
		if err := json.Unmarshal([]byte(detail), &d); err != nil || action == bot.ActionLesson && d.Lesson == nil {
			return damaged("the lesson of answer " + answer)
		}
		if delete(known, answer); action == bot.ActionLesson {
			known[answer] = *d.Lesson
		}
		return nil
	}, selectLessons)
	return known, err
}

// Teach implements bot.Lessons.
func (s *Store) Teach(ctx context.Context, l bot.Lesson, by, reason string) error {
	err := bot.CheckActor(by, reason)
	if err == nil {
		err = l.Check()
	}
	if err == nil {
		err = s.write(ctx, func(tx *sql.Tx) error {
			known, err := lessons(ctx, tx)
			if err != nil || known[l.Answer] == l {
				return err
			}
			return s.recordLesson(ctx, tx, bot.AuditEntry{By: by, Action: bot.ActionLesson, Subject: l.Answer}, lessonDetail{&l, reason})
		})
	}
	if err != nil {
		return fmt.Errorf("store: teach answer %s: %w", l.Answer, err)
	}
	return nil
}

// Forget implements bot.Lessons.
func (s *Store) Forget(ctx context.Context, answer, by, reason string) error {
	err := bot.CheckActor(by, reason)
	if err == nil {
		err = s.write(ctx, func(tx *sql.Tx) error {
			known, err := lessons(ctx, tx)
			if err != nil {
				return err
			}
			if _, ok := known[answer]; !ok {
				return bot.ErrNotFound
			}
			return s.recordLesson(ctx, tx, bot.AuditEntry{By: by, Action: bot.ActionLessonRemove, Subject: answer}, lessonDetail{Reason: reason})
		})
	}
	if err != nil {
		return fmt.Errorf("store: forget answer %s: %w", answer, err)
	}
	return nil
}

func (s *Store) recordLesson(ctx context.Context, tx *sql.Tx, e bot.AuditEntry, d lessonDetail) error {
	detail, err := json.Marshal(d)
	if err != nil {
		return err
	}
	e.Detail = string(detail)
	_, err = s.record(ctx, tx, e)
	return err
}
