-- +goose Up
CREATE TABLE questions (
    id    TEXT NOT NULL PRIMARY KEY,
    text  VARCHAR(500) NOT NULL,
    asked TIMESTAMPTZ NOT NULL
);
CREATE INDEX questions_asked ON questions (asked);
CREATE TABLE choices (
    id          TEXT NOT NULL PRIMARY KEY,
    question_id TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    text        VARCHAR(500) NOT NULL,
    votes       BIGINT NOT NULL,
    UNIQUE (question_id, position)
);

-- +goose Down
DROP TABLE choices;
DROP TABLE questions;
