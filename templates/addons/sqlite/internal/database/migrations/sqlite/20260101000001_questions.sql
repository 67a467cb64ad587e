-- +goose Up
CREATE TABLE questions (
    id    TEXT NOT NULL PRIMARY KEY,
    text  TEXT NOT NULL CHECK (length(text) <= 500),
    asked TIMESTAMP NOT NULL
);
CREATE INDEX questions_asked ON questions (asked);
CREATE TABLE choices (
    id          TEXT NOT NULL PRIMARY KEY,
    question_id TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    text        TEXT NOT NULL CHECK (length(text) <= 500),
    votes       INTEGER NOT NULL,
    UNIQUE (question_id, position)
);

-- +goose Down
DROP TABLE choices;
DROP TABLE questions;
