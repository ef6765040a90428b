CREATE TABLE learner (
    id BLOB NOT NULL CHECK (length(id) = 16),
    account_no TEXT NOT NULL,
    opened_by BLOB NOT NULL CHECK (length(opened_by) = 16),
    opened_at BIGINT NOT NULL,
    activated_at BIGINT,
    merged_into BLOB CHECK (length(merged_into) = 16),
    PRIMARY KEY (id),
    CONSTRAINT learner_account_no_key UNIQUE (account_no)
);

-- The learner's data key, wrapped by the master key. Erasing it erases the person and leaves the book.

CREATE TABLE learner_key (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    wrapped BLOB NOT NULL,
    master_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    erased_at BIGINT,
    PRIMARY KEY (learner_id)
) WITHOUT ROWID;

CREATE TABLE learner_identity (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    type TEXT NOT NULL CHECK (type IN ('resident_id', 'residence_permit', 'passport', 'foreigner_permanent_id', 'student_registry')),
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    since BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;

CREATE TABLE learner_name (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    since BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX learner_name_digest_idx ON learner_name (digest);

CREATE TABLE enrolment (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    programme_id BLOB NOT NULL CHECK (length(programme_id) = 16),
    programme_version_id BLOB CHECK (length(programme_version_id) = 16),
    cohort BIGINT NOT NULL,
    student_no_digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    class_name TEXT,
    status TEXT NOT NULL CHECK (status IN ('enrolled', 'suspended', 'retained', 'transferred_out', 'withdrawn', 'graduated', 'completed', 'incomplete')),
    from_on DATE NOT NULL,
    to_on DATE,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX enrolment_id_idx ON enrolment (id);
CREATE INDEX enrolment_institution_id_student_no_digest_idx ON enrolment (institution_id, student_no_digest);
CREATE INDEX enrolment_institution_id_learner_id_idx ON enrolment (institution_id, learner_id);

CREATE TABLE enrolment_status (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    seq BIGINT NOT NULL,
    status TEXT NOT NULL,
    from_on DATE NOT NULL,
    reason BLOB,
    recorded_by BLOB NOT NULL CHECK (length(recorded_by) = 16),
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, enrolment_id, seq)
) WITHOUT ROWID;

CREATE TRIGGER enrolment_status_no_update BEFORE UPDATE ON enrolment_status
BEGIN SELECT RAISE(FAIL, 'enrolment_status is append-only'); END;

CREATE TRIGGER enrolment_status_no_delete BEFORE DELETE ON enrolment_status
BEGIN SELECT RAISE(FAIL, 'enrolment_status is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER enrolment_status_no_replace BEFORE INSERT ON enrolment_status
WHEN EXISTS (SELECT 1 FROM enrolment_status WHERE learner_id = NEW.learner_id AND enrolment_id = NEW.enrolment_id AND seq = NEW.seq)
BEGIN SELECT RAISE(FAIL, 'enrolment_status is append-only'); END;

-- What is known of a person (veteran, age reached…). Where it was seen is sealed with the rest. A fact that never held, or no longer
-- does, is revoked: by whom, when, and why (sealed for revocation_id). Nothing else of a fact ever changes.

CREATE TABLE learner_fact (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    fact TEXT NOT NULL,
    sealed BLOB NOT NULL,
    attested_by BLOB NOT NULL CHECK (length(attested_by) = 16),
    valid_from DATE NOT NULL,
    valid_to DATE,
    recorded_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by BLOB CHECK (length(revoked_by) = 16),
    revocation_id BLOB CHECK (length(revocation_id) = 16),
    revocation BLOB,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;

CREATE TRIGGER learner_fact_kept BEFORE UPDATE OF learner_id, id, fact, sealed, attested_by, valid_from, valid_to, recorded_at ON learner_fact
BEGIN SELECT RAISE(ABORT, 'learner_fact keeps what it says'); END;

CREATE TRIGGER learner_fact_stays BEFORE DELETE ON learner_fact
BEGIN SELECT RAISE(ABORT, 'learner_fact is kept'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER learner_fact_born BEFORE INSERT ON learner_fact
WHEN EXISTS (SELECT 1 FROM learner_fact WHERE learner_id = NEW.learner_id AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'learner_fact is there already'); END;

CREATE TABLE identity_case (
    id BLOB NOT NULL CHECK (length(id) = 16),
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    opened_by BLOB NOT NULL CHECK (length(opened_by) = 16),
    type TEXT NOT NULL,
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'refused')),
    decided_by TEXT,
    decided_at BIGINT,
    note TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX identity_case_learner_id_idx ON identity_case (learner_id);

CREATE TABLE activation (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    code_digest BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    tries_left BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'used', 'void')),
    issued_by BLOB NOT NULL CHECK (length(issued_by) = 16),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;

CREATE TABLE learner_credential (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    password_hash TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id)
) WITHOUT ROWID;

CREATE TABLE session (
    digest BLOB NOT NULL,
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (digest)
) WITHOUT ROWID;
CREATE INDEX session_learner_id_idx ON session (learner_id);
