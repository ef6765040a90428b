-- Global uniqueness, by keyed digest; the only tables that are not of one learner.

CREATE TABLE claim (
    kind TEXT NOT NULL CHECK (kind IN ('external_ref', 'evidence', 'identity', 'student_no')),
    digest BLOB NOT NULL,
    key_version BIGINT NOT NULL,
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    object_id BLOB NOT NULL CHECK (length(object_id) = 16),
    revision BIGINT NOT NULL,
    content BLOB,
    state TEXT NOT NULL CHECK (state IN ('live', 'released')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, digest)
) WITHOUT ROWID;

CREATE TABLE idempotency (
    client_id BLOB NOT NULL CHECK (length(client_id) = 16),
    operation TEXT NOT NULL,
    key_digest BLOB NOT NULL,
    request_digest BLOB NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (key_digest)
);
CREATE INDEX idempotency_created_at_idx ON idempotency (created_at);

-- What was done and refused. `stream` is that of the process that wrote the row; `times` how often it happened.

CREATE TABLE audit_event (
    id BLOB NOT NULL CHECK (length(id) = 16),
    stream BLOB NOT NULL CHECK (length(stream) = 16),
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB CHECK (length(actor_id) = 16),
    institution_id BLOB CHECK (length(institution_id) = 16),
    action TEXT NOT NULL,
    learner_id BLOB CHECK (length(learner_id) = 16),
    object TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    address TEXT,
    request_id BLOB CHECK (length(request_id) = 16),
    detail TEXT,
    times BIGINT NOT NULL CHECK (times > 0),
    PRIMARY KEY (id)
);
CREATE INDEX audit_event_stream_id_idx ON audit_event (stream, id);
CREATE INDEX audit_event_at_id_idx ON audit_event (at, id);
CREATE INDEX audit_event_learner_id_at_id_idx ON audit_event (learner_id, at, id);
CREATE INDEX audit_event_actor_id_at_id_idx ON audit_event (actor_id, at, id);
CREATE INDEX audit_event_institution_id_at_id_idx ON audit_event (institution_id, at, id);
CREATE INDEX audit_event_action_at_id_idx ON audit_event (action, at, id);
CREATE INDEX audit_event_request_id_idx ON audit_event (request_id);
CREATE INDEX audit_event_object_at_id_idx ON audit_event (object, at, id);

CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(FAIL, 'audit_event is append-only'); END;

CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(FAIL, 'audit_event is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM audit_event WHERE rowid = NEW.rowid)
BEGIN SELECT RAISE(FAIL, 'audit_event is append-only'); END;

-- The chain of a stream: each link names the events it takes in, 16 bytes each, in their order.

CREATE TABLE audit_link (
    stream BLOB NOT NULL CHECK (length(stream) = 16),
    seq BIGINT NOT NULL CHECK (seq > 0),
    at BIGINT NOT NULL,
    suite BIGINT NOT NULL,
    events BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
CREATE INDEX audit_link_at_idx ON audit_link (at);

CREATE TRIGGER audit_link_no_update BEFORE UPDATE ON audit_link
BEGIN SELECT RAISE(FAIL, 'audit_link is append-only'); END;

CREATE TRIGGER audit_link_no_delete BEFORE DELETE ON audit_link
BEGIN SELECT RAISE(FAIL, 'audit_link is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER audit_link_no_replace BEFORE INSERT ON audit_link
WHEN EXISTS (SELECT 1 FROM audit_link WHERE stream = NEW.stream AND seq = NEW.seq)
BEGIN SELECT RAISE(FAIL, 'audit_link is append-only'); END;

-- What joins the streams: the heads of those that went on, 56 bytes each (stream, seq, hash).

CREATE TABLE audit_checkpoint (
    seq BIGINT NOT NULL CHECK (seq > 0),
    at BIGINT NOT NULL,
    suite BIGINT NOT NULL,
    heads BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (seq)
) WITHOUT ROWID;

CREATE TRIGGER audit_checkpoint_no_update BEFORE UPDATE ON audit_checkpoint
BEGIN SELECT RAISE(FAIL, 'audit_checkpoint is append-only'); END;

CREATE TRIGGER audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint
BEGIN SELECT RAISE(FAIL, 'audit_checkpoint is append-only'); END;

CREATE TRIGGER audit_checkpoint_no_replace BEFORE INSERT ON audit_checkpoint
WHEN EXISTS (SELECT 1 FROM audit_checkpoint WHERE seq = NEW.seq)
BEGIN SELECT RAISE(FAIL, 'audit_checkpoint is append-only'); END;
