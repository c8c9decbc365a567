-- Who may call (users, keys, groups), who may administer (sessions, tokens), and the upstream
-- channels with their sealed credentials. Money is not here: balances and what a key has spent
-- belong to the ledger. Times are unix microseconds; NULL is "never" or "not".

-- +goose Up
CREATE TABLE groups (
    name    TEXT PRIMARY KEY,
    ratio   TEXT NOT NULL DEFAULT '1',
    managed BOOLEAN NOT NULL DEFAULT FALSE
);
INSERT INTO groups (name) VALUES ('default');

CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    username   TEXT NOT NULL,
    folded     TEXT NOT NULL, -- username in lower case: two users never differ by case alone
    role       TEXT NOT NULL,
    group_name TEXT NOT NULL,
    enabled    BOOLEAN NOT NULL,
    unlimited  BOOLEAN NOT NULL,
    managed    BOOLEAN NOT NULL,
    password   TEXT NOT NULL, -- argon2id PHC string; '' cannot log in
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX users_folded ON users (folded) WHERE deleted_at IS NULL;
-- One owner, whoever races for the first setup. The owner cannot be deleted.
CREATE UNIQUE INDEX users_owner ON users (role) WHERE role = 'owner';

CREATE TABLE keys (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id),
    name         TEXT NOT NULL,
    hash         BYTEA NOT NULL, -- SHA-256 of the secret
    prefix       TEXT NOT NULL,
    models       TEXT NOT NULL, -- JSON array
    enabled      BOOLEAN NOT NULL,
    unlimited    BOOLEAN NOT NULL,
    limit_amount BIGINT NOT NULL, -- nano-USD
    managed      BOOLEAN NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    deleted_at   BIGINT
);
CREATE UNIQUE INDEX keys_hash ON keys (hash) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX keys_name ON keys (user_id, name) WHERE deleted_at IS NULL;

CREATE TABLE channels (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    provider   TEXT NOT NULL,
    base_url   TEXT NOT NULL,
    models     TEXT NOT NULL, -- JSON array of {name, upstream}
    groups     TEXT NOT NULL, -- JSON array
    priority   BIGINT NOT NULL,
    weight     BIGINT NOT NULL,
    region     TEXT NOT NULL,
    enabled    BOOLEAN NOT NULL,
    managed    BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX channels_name ON channels (name) WHERE deleted_at IS NULL;

CREATE TABLE credentials (
    id         TEXT PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channels (id),
    position   BIGINT NOT NULL,
    sealed     BYTEA NOT NULL, -- AES-256-GCM under the master key, bound to channel_id
    tail       TEXT NOT NULL  -- the few last characters, for people to tell credentials apart
);
CREATE INDEX credentials_channel ON credentials (channel_id);

CREATE TABLE sessions (
    hash       BYTEA PRIMARY KEY, -- SHA-256 of the cookie's value
    user_id    TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, -- absolute
    client_ip  TEXT NOT NULL,
    agent      TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id),
    name         TEXT NOT NULL,
    hash         BYTEA NOT NULL UNIQUE, -- SHA-256 of the secret
    prefix       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX tokens_name ON tokens (user_id, name);

CREATE TABLE settings (
    name       TEXT PRIMARY KEY,
    value      TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE settings;
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE credentials;
DROP TABLE channels;
DROP TABLE keys;
DROP TABLE users;
DROP TABLE groups;
