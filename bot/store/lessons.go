package store

import (
	"context"
	"fmt"

	"github.com/wence-bot/wence/bot"
)

var _ bot.Lessons = (*Store)(nil)

var knownLessons = known[bot.Lesson]{
	selection: `SELECT action, subject, detail FROM audit WHERE action IN ('lesson', 'lesson.remove') ORDER BY seq`,
	set:       bot.ActionLesson, remove: bot.ActionLessonRemove, field: "lesson", about: "the lesson of answer",
}

// Lessons implements bot.Lessons.
func (s *Store) Lessons(ctx context.Context) ([]bot.Lesson, error) {
	out, err := knownLessons.list(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("store: lessons: %w", err)
	}
	return out, nil
}

// Teach implements bot.Lessons.
func (s *Store) Teach(ctx context.Context, l bot.Lesson, by, reason string) error {
	err := bot.CheckActor(by, reason)
	if err == nil {
		err = l.Check()
	}
	if err == nil {
		err = knownLessons.put(ctx, s, l.Answer, l, "", by, reason)
	}
	if err != nil {
		return fmt.Errorf("store: teach answer %s: %w", l.Answer, err)
	}
	return nil
}

// Forget implements bot.Lessons.
func (s *Store) Forget(ctx context.Context, answer, by, reason string) error {
	if err := knownLessons.forget(ctx, s, answer, by, reason); err != nil {
		return fmt.Errorf("store: forget answer %s: %w", answer, err)
	}
	return nil
}
