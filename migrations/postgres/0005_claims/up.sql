-- Global uniqueness, by keyed digest; the only tables that are not of one learner.

CREATE TABLE claim (
    kind TEXT NOT NULL CHECK (kind IN ('external_ref', 'evidence', 'identity', 'student_no')),
    digest BYTEA NOT NULL,
    key_version BIGINT NOT NULL,
    learner_id UUID NOT NULL,
    object_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    content BYTEA,
    state TEXT NOT NULL CHECK (state IN ('live', 'released')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, digest)
);

CREATE TABLE idempotency (
    client_id UUID NOT NULL,
    operation TEXT NOT NULL,
    key_digest BYTEA NOT NULL,
    request_digest BYTEA NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (key_digest)
);
CREATE INDEX idempotency_created_at_idx ON idempotency (created_at);

-- What was done and refused. `stream` is that of the process that wrote the row; `times` how often it happened.

CREATE TABLE audit_event (
    id UUID NOT NULL,
    stream UUID NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    institution_id UUID,
    action TEXT NOT NULL,
    learner_id UUID,
    object TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    address TEXT,
    request_id UUID,
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

CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The chain of a stream: each link names the events it takes in, 16 bytes each, in their order.

CREATE TABLE audit_link (
    stream UUID NOT NULL,
    seq BIGINT NOT NULL CHECK (seq > 0),
    at BIGINT NOT NULL,
    suite BIGINT NOT NULL,
    events BYTEA NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (stream, seq)
);
CREATE INDEX audit_link_at_idx ON audit_link (at);

CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE ON audit_link
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_link_no_truncate BEFORE TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What joins the streams: the heads of those that went on, 56 bytes each (stream, seq, hash).

CREATE TABLE audit_checkpoint (
    seq BIGINT NOT NULL CHECK (seq > 0),
    at BIGINT NOT NULL,
    suite BIGINT NOT NULL,
    heads BYTEA NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (seq)
);

CREATE TRIGGER audit_checkpoint_append_only BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
