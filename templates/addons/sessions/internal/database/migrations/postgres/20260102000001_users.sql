-- +goose Up
CREATE TABLE users (
    id       TEXT NOT NULL PRIMARY KEY,
    name     VARCHAR(150) NOT NULL UNIQUE CHECK (name <> ''),
    password TEXT NOT NULL,
    active   BOOLEAN NOT NULL
);
CREATE TABLE sessions (
    token   TEXT NOT NULL PRIMARY KEY,
    data    BYTEA NOT NULL,
    expires TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

-- +goose Down
DROP TABLE sessions;
DROP TABLE users;
