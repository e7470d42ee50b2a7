-- What is kept of conversations. Exchanges are never changed; each has its row in
-- audit, whose detail is the hash of the exchange.

-- +goose Up

CREATE TABLE exchange (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    channel      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    asker        TEXT NOT NULL,
    question     TEXT NOT NULL, -- empty: the conversation begins anew
    answer       BLOB NOT NULL, -- JSON
    asked        BIGINT NOT NULL, -- microseconds since 1970, UTC
    answered     BIGINT NOT NULL,
    audit        BIGINT NOT NULL UNIQUE REFERENCES audit (seq)
);

CREATE INDEX exchange_conversation ON exchange (channel, conversation, seq);

CREATE TABLE feedback (
    answer TEXT NOT NULL REFERENCES exchange (id),
    asker  TEXT NOT NULL,
    vote   TEXT NOT NULL,
    reason TEXT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (answer, asker)
);

CREATE TABLE ticket (
    seq          INTEGER PRIMARY KEY, -- the number in its ID
    channel      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    asker        TEXT NOT NULL,
    answer       TEXT REFERENCES exchange (id), -- NULL if no answer led to it
    question     TEXT NOT NULL,
    opened       BIGINT NOT NULL,
    UNIQUE (channel, conversation, answer)
);

-- +goose StatementBegin
CREATE TRIGGER exchange_stays BEFORE UPDATE ON exchange BEGIN SELECT RAISE(ABORT, 'exchange is never changed'); END;
-- +goose StatementEnd
