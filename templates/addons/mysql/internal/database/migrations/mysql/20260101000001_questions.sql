-- MySQL commits each statement that changes tables at once. So that a migration that was interrupted can be
-- applied again, each statement has to do nothing where it has been done.

-- +goose Up
CREATE TABLE IF NOT EXISTS questions (
    id    VARCHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    text  VARCHAR(500) NOT NULL,
    asked DATETIME(6) NOT NULL,
    INDEX questions_asked (asked)
) CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS choices (
    id          VARCHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    question_id VARCHAR(32) CHARACTER SET ascii NOT NULL,
    position    INTEGER NOT NULL,
    text        VARCHAR(500) NOT NULL,
    votes       BIGINT NOT NULL,
    UNIQUE (question_id, position),
    FOREIGN KEY (question_id) REFERENCES questions (id) ON DELETE CASCADE
) CHARACTER SET utf8mb4;

-- +goose Down
DROP TABLE IF EXISTS choices;
DROP TABLE IF EXISTS questions;
