-- Money lives in these tables alone. users and keys (00002_entities) have no balance, spent or held
-- column: whoever shows one asks service/billing. Their unlimited flags and a key's limit do live there
-- and travel with each reservation.
-- All amounts are nano-USD, all times Unix microseconds.

-- +goose Up

-- An account is where money is counted: one per user and one per key, made at first use. More kinds
-- (revenue, codes, payments) can join and make the ledger double-entry: an entry's counter-account is
-- today implied by its kind.
CREATE TABLE ledger_accounts (
    id      integer PRIMARY KEY,
    kind    text    NOT NULL,           -- user | key
    owner   text    NOT NULL,           -- id of the user or key
    balance bigint  NOT NULL DEFAULT 0, -- sum of its entries; of a key: minus what it has spent
    held    bigint  NOT NULL DEFAULT 0, -- sum of its open holds
    UNIQUE (kind, owner),
    -- Half of the range, 4.6 billion USD: no addition to a row can leave the whole of it.
    CHECK (balance BETWEEN -4611686018427387904 AND 4611686018427387904),
    CHECK (held BETWEEN -4611686018427387904 AND 4611686018427387904)
);

-- Append-only: the triggers below refuse anything else.
CREATE TABLE ledger_entries (
    id           integer PRIMARY KEY,
    call_id      text    NOT NULL,      -- of settle and release the call, else a reference of its own
    kind         text    NOT NULL,      -- settle | release | topup | adjustment
    user_account bigint,                -- ledger_accounts.id; NULL when only a key is concerned
    key_account  bigint,
    amount       bigint  NOT NULL,
    note         text    NOT NULL DEFAULT '',
    time         bigint  NOT NULL,
    UNIQUE (call_id, kind)
);
CREATE INDEX ledger_entries_user ON ledger_entries (user_account, id);

-- Money set aside for calls under way.
CREATE TABLE ledger_holds (
    call_id      text    PRIMARY KEY,
    user_account bigint  NOT NULL,
    key_account  bigint,
    amount       bigint  NOT NULL,
    node         text    NOT NULL DEFAULT '', -- ledger_nodes.id; '' where there is one process only
    time         bigint  NOT NULL
) WITHOUT ROWID;

-- Processes that share the ledger. The holds of one whose lease has ended are resolved by another.
CREATE TABLE ledger_nodes (
    id      text    PRIMARY KEY,
    started bigint  NOT NULL,
    seen    bigint  NOT NULL
) WITHOUT ROWID;

-- How far the journal file has been folded into the tables above, in the same transactions.
CREATE TABLE ledger_journal (
    id       integer PRIMARY KEY CHECK (id = 1),
    ledger   text    NOT NULL, -- random; a journal file of another ledger is never folded into this one
    position bigint  NOT NULL
);
INSERT INTO ledger_journal (id, ledger, position) VALUES (1, lower(hex(randomblob(16))), 0);

-- +goose StatementBegin
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger entries are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger entries are never deleted');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE ledger_journal;
DROP TABLE ledger_nodes;
DROP TABLE ledger_holds;
DROP TABLE ledger_entries;
DROP TABLE ledger_accounts;
