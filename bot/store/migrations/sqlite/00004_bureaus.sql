-- What admins know of bureaus is what their audit entries say, the last of each name.
-- This index finds them among millions of others.

-- +goose Up

CREATE INDEX audit_bureau ON audit (seq) WHERE action IN ('bureau', 'bureau.remove');

-- +goose Down

DROP INDEX audit_bureau;
