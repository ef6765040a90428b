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

CREATE TABLE audit_event (
    id UUID NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    institution_id UUID,
    action TEXT NOT NULL,
    learner_id UUID,
    object TEXT,
    outcome TEXT NOT NULL,
    address TEXT,
    request_id UUID,
    detail TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX audit_event_learner_id_at_idx ON audit_event (learner_id, at);

CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
