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

CREATE TABLE audit_event (
    id BLOB NOT NULL CHECK (length(id) = 16),
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB CHECK (length(actor_id) = 16),
    institution_id BLOB CHECK (length(institution_id) = 16),
    action TEXT NOT NULL,
    learner_id BLOB CHECK (length(learner_id) = 16),
    object TEXT,
    outcome TEXT NOT NULL,
    address TEXT,
    request_id BLOB CHECK (length(request_id) = 16),
    detail TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX audit_event_learner_id_at_idx ON audit_event (learner_id, at);

CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(FAIL, 'audit_event is append-only'); END;

CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(FAIL, 'audit_event is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM audit_event WHERE rowid = NEW.rowid)
BEGIN SELECT RAISE(FAIL, 'audit_event is append-only'); END;
