-- A name is compared byte by byte: without regard to case, accents and blanks, "ada" would be "Adá ", too.

-- +goose Up
CREATE TABLE IF NOT EXISTS users (
    id       VARCHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    name     VARBINARY(600) NOT NULL UNIQUE CHECK (name <> ''),
    password VARCHAR(200) CHARACTER SET ascii NOT NULL,
    active   BOOLEAN NOT NULL
) CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS sessions (
    token   VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    data    BLOB NOT NULL,
    expires DATETIME(6) NOT NULL,
    INDEX sessions_expires (expires)
);

-- +goose Down
DROP TABLE IF EXISTS sessions;
DROP TABLE IF EXISTS users;
