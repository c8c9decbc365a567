-- The request log. Amounts are nano-USD.
-- Losing this database loses no money and no settings.

-- +goose Up

-- Ids of users, keys and channels, names of endpoints, models and kinds of faults, each stored once, so
-- that a row of the log holds small numbers. 0 in a column that points here is "none". What a caller may
-- invent (the model name of a refused request) never gets in here.
CREATE TABLE words (
    id   integer PRIMARY KEY,
    text text    NOT NULL UNIQUE
);

-- One row per call. What is filtered by is a column, all else is in detail: each column costs as much to
-- write as the whole of detail, and an index twice as much as the row. The sums by hour below tell which
-- hours hold calls of a user, key, channel or model, so only those are searched.
CREATE TABLE requests (
    seq        integer PRIMARY KEY, -- see store/requestid.go: the time and counter of the call's UUIDv7, in order
    tail       bigint  NOT NULL, -- the second half of the UUID
    user_id    integer NOT NULL, -- words.id, as the next five
    key_id     integer NOT NULL,
    channel_id integer NOT NULL,
    model      integer NOT NULL, -- routed; 0 when no channel was found
    endpoint   integer NOT NULL,
    fault      integer NOT NULL, -- 0 is success
    status     integer NOT NULL,
    detail     text    NOT NULL  -- JSON, see store/requestdetail.go
);

-- Sums for the overview, by minute (step 60, without the key, kept for two days) and by hour (step 3600).
-- d0…d15 and f0…f15 count calls by duration and by time to first byte; the edges stand in
-- store/rollups.go.
CREATE TABLE rollups (
    step        integer NOT NULL, -- seconds
    time        bigint  NOT NULL, -- start of the step, Unix seconds
    user_id     integer NOT NULL, -- words.id, as the next three
    key_id      integer NOT NULL,
    channel_id  integer NOT NULL,
    model       integer NOT NULL, -- routed
    requests    bigint  NOT NULL,
    errors      bigint  NOT NULL, -- faults but for hang-ups
    canceled    bigint  NOT NULL,
    unpriced    bigint  NOT NULL, -- calls whose cost is not known
    cost        bigint  NOT NULL,
    input          bigint NOT NULL,
    cache_read     bigint NOT NULL,
    cache_write_5m bigint NOT NULL,
    cache_write_1h bigint NOT NULL,
    audio_input    bigint NOT NULL,
    image_input    bigint NOT NULL,
    output         bigint NOT NULL,
    reasoning      bigint NOT NULL,
    audio_output   bigint NOT NULL,
    image_output   bigint NOT NULL,
    d0 bigint NOT NULL, d1 bigint NOT NULL, d2 bigint NOT NULL, d3 bigint NOT NULL, d4 bigint NOT NULL, d5 bigint NOT NULL, d6 bigint NOT NULL, d7 bigint NOT NULL,
    d8 bigint NOT NULL, d9 bigint NOT NULL, d10 bigint NOT NULL, d11 bigint NOT NULL, d12 bigint NOT NULL, d13 bigint NOT NULL, d14 bigint NOT NULL, d15 bigint NOT NULL,
    f0 bigint NOT NULL, f1 bigint NOT NULL, f2 bigint NOT NULL, f3 bigint NOT NULL, f4 bigint NOT NULL, f5 bigint NOT NULL, f6 bigint NOT NULL, f7 bigint NOT NULL,
    f8 bigint NOT NULL, f9 bigint NOT NULL, f10 bigint NOT NULL, f11 bigint NOT NULL, f12 bigint NOT NULL, f13 bigint NOT NULL, f14 bigint NOT NULL, f15 bigint NOT NULL,
    PRIMARY KEY (step, time, user_id, key_id, channel_id, model)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE rollups;
DROP TABLE requests;
DROP TABLE words;
