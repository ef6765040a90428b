CREATE TABLE learner (
    id UUID NOT NULL,
    account_no TEXT NOT NULL,
    opened_by UUID NOT NULL,
    opened_at BIGINT NOT NULL,
    activated_at BIGINT,
    merged_into UUID,
    PRIMARY KEY (id),
    CONSTRAINT learner_account_no_key UNIQUE (account_no)
);

-- The learner's data key, wrapped by the master key. Erasing it erases the person and leaves the book.

CREATE TABLE learner_key (
    learner_id UUID NOT NULL,
    wrapped BYTEA NOT NULL,
    master_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    erased_at BIGINT,
    PRIMARY KEY (learner_id)
);

CREATE TABLE learner_identity (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('resident_id', 'residence_permit', 'passport', 'foreigner_permanent_id', 'student_registry')),
    digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    since BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (learner_id, id)
);

CREATE TABLE learner_name (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    since BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX learner_name_digest_idx ON learner_name (digest);

CREATE TABLE enrolment (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    institution_id UUID NOT NULL,
    programme_id UUID NOT NULL,
    programme_version_id UUID,
    cohort BIGINT NOT NULL,
    student_no_digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    class_name TEXT,
    status TEXT NOT NULL CHECK (status IN ('enrolled', 'suspended', 'retained', 'transferred_out', 'withdrawn', 'graduated', 'completed', 'incomplete')),
    from_on DATE NOT NULL,
    to_on DATE,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX enrolment_id_idx ON enrolment (id);
CREATE INDEX enrolment_institution_id_student_no_digest_idx ON enrolment (institution_id, student_no_digest);
CREATE INDEX enrolment_institution_id_learner_id_idx ON enrolment (institution_id, learner_id);

CREATE TABLE enrolment_status (
    learner_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    status TEXT NOT NULL,
    from_on DATE NOT NULL,
    reason BYTEA,
    recorded_by UUID NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, enrolment_id, seq)
);

CREATE TRIGGER enrolment_status_append_only BEFORE UPDATE OR DELETE ON enrolment_status
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER enrolment_status_no_truncate BEFORE TRUNCATE ON enrolment_status
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What is known of a person (veteran, age reached…). Where it was seen is sealed with the rest. A fact that never held, or no longer
-- does, is revoked: by whom, when, and why (sealed for revocation_id). Nothing else of a fact ever changes.

CREATE TABLE learner_fact (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    fact TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    attested_by UUID NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    recorded_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by UUID,
    revocation_id UUID,
    revocation BYTEA,
    PRIMARY KEY (learner_id, id)
);

CREATE TRIGGER learner_fact_kept BEFORE UPDATE OF learner_id, id, fact, sealed, attested_by, valid_from, valid_to, recorded_at ON learner_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER learner_fact_stays BEFORE DELETE ON learner_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER learner_fact_whole BEFORE TRUNCATE ON learner_fact
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE identity_case (
    id UUID NOT NULL,
    learner_id UUID NOT NULL,
    opened_by UUID NOT NULL,
    type TEXT NOT NULL,
    digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'refused')),
    decided_by TEXT,
    decided_at BIGINT,
    note TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX identity_case_learner_id_idx ON identity_case (learner_id);

CREATE TABLE activation (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    code_digest BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    tries_left BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'used', 'void')),
    issued_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);

CREATE TABLE learner_credential (
    learner_id UUID NOT NULL,
    password_hash TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id)
);

CREATE TABLE session (
    digest BYTEA NOT NULL,
    learner_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (digest)
);
CREATE INDEX session_learner_id_idx ON session (learner_id);
