-- The request log. All amounts are nano-USD, times Unix microseconds, durations microseconds.
-- Losing this database loses no money and no settings.

-- +goose Up

-- Ids of users, keys and channels, names of endpoints, models and kinds of faults, each stored once, so
-- that a row of the log holds small numbers. 0 in a column that points here is "none". What a caller may
-- invent (the model name of a refused request) never gets in here.
CREATE TABLE words (
    id   integer PRIMARY KEY,
    text text    NOT NULL UNIQUE
);

-- One row per call. The id is a UUIDv7, whose first 48 bits are the time: the primary key alone gives
-- "newest first", ranges of time and lookup by id.
CREATE TABLE requests (
    id             blob    PRIMARY KEY,
    time           bigint  NOT NULL,
    user_id        integer NOT NULL, -- words.id, as the next six
    key_id         integer NOT NULL,
    channel_id     integer NOT NULL,
    endpoint       integer NOT NULL,
    routed         integer NOT NULL,
    upstream       integer NOT NULL,
    fault          integer NOT NULL, -- 0 is success
    requested      text,             -- NULL: the same as routed
    client_ip      text    NOT NULL,
    flags          integer NOT NULL, -- 1 stream, 2 cost known, 4 usage estimated
    status         integer NOT NULL,
    message        text,
    input          bigint  NOT NULL, -- tokens, as the next nine
    cache_read     bigint  NOT NULL,
    cache_write_5m bigint  NOT NULL,
    cache_write_1h bigint  NOT NULL,
    audio_input    bigint  NOT NULL,
    image_input    bigint  NOT NULL,
    output         bigint  NOT NULL,
    reasoning      bigint  NOT NULL,
    audio_output   bigint  NOT NULL,
    image_output   bigint  NOT NULL,
    cost           bigint  NOT NULL,
    duration       bigint  NOT NULL,
    first_byte     bigint  NOT NULL,
    overhead       bigint  NOT NULL,
    request_bytes  bigint  NOT NULL,
    response_bytes bigint  NOT NULL,
    attempts       text             -- compact JSON, see store/requests.go
) WITHOUT ROWID;

-- A user's own log, and what went wrong; the other filters walk the primary key.
CREATE INDEX requests_user ON requests (user_id, id);
CREATE INDEX requests_fault ON requests (id) WHERE fault <> 0;

-- Sums for the overview, by minute (step 60, without the key, kept for two days) and by hour (step 3600).
-- d0…d11 and f0…f11 count calls by duration and by time to first byte; the edges stand in
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
    d0 bigint NOT NULL, d1 bigint NOT NULL, d2 bigint NOT NULL, d3 bigint NOT NULL, d4 bigint NOT NULL, d5 bigint NOT NULL,
    d6 bigint NOT NULL, d7 bigint NOT NULL, d8 bigint NOT NULL, d9 bigint NOT NULL, d10 bigint NOT NULL, d11 bigint NOT NULL,
    f0 bigint NOT NULL, f1 bigint NOT NULL, f2 bigint NOT NULL, f3 bigint NOT NULL, f4 bigint NOT NULL, f5 bigint NOT NULL,
    f6 bigint NOT NULL, f7 bigint NOT NULL, f8 bigint NOT NULL, f9 bigint NOT NULL, f10 bigint NOT NULL, f11 bigint NOT NULL,
    PRIMARY KEY (step, time, user_id, key_id, channel_id, model)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE rollups;
DROP TABLE requests;
DROP TABLE words;
