-- +goose Up
CREATE TABLE users (
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 150),
    password TEXT NOT NULL,
    active   BOOLEAN NOT NULL
);
CREATE TABLE sessions (
    token   TEXT NOT NULL PRIMARY KEY,
    data    BLOB NOT NULL,
    expires TIMESTAMP NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

-- +goose Down
DROP TABLE sessions;
DROP TABLE users;
