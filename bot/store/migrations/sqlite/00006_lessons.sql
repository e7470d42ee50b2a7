-- What was learnt of confirmed answers is what the audit entries say, the last of each
-- answer. This index finds them among millions of others.

-- +goose Up

CREATE INDEX audit_lesson ON audit (seq) WHERE action IN ('lesson', 'lesson.remove');

-- +goose Down

DROP INDEX audit_lesson;
