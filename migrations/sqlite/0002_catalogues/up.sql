CREATE TABLE programme (
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    level TEXT NOT NULL CHECK (level IN ('secondary', 'higher', 'undergraduate')),
    major_code TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT programme_institution_id_major_code_name_key UNIQUE (institution_id, major_code, name)
);

CREATE TABLE programme_version (
    id BLOB NOT NULL CHECK (length(id) = 16),
    programme_id BLOB NOT NULL REFERENCES programme (id) CHECK (length(programme_id) = 16),
    cohort BIGINT NOT NULL,
    total_credits BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT programme_version_programme_id_cohort_key UNIQUE (programme_id, cohort)
);

CREATE TABLE course (
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    code TEXT NOT NULL,
    from_cohort BIGINT NOT NULL,
    name TEXT NOT NULL,
    credits BIGINT NOT NULL,
    hours BIGINT,
    practice_hours BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT course_institution_id_code_from_cohort_key UNIQUE (institution_id, code, from_cohort)
);

CREATE TABLE catalogue_entry (
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('skill_certificate', 'examination', 'skill_level', 'qualification', 'competition', 'experience')),
    code TEXT NOT NULL,
    level TEXT NOT NULL,
    name TEXT NOT NULL,
    body_id BLOB REFERENCES institution (id) CHECK (length(body_id) = 16),
    credits BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    tier TEXT,
    team_max BIGINT,
    family TEXT,
    tags TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT catalogue_entry_kind_code_level_valid_from_key UNIQUE (kind, code, level, valid_from)
);

-- 学时 per training credit, set by the bureau; the newest row whose valid_from has come holds.

CREATE TABLE training_rate (
    valid_from DATE NOT NULL,
    hours_per_credit BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (valid_from)
);

-- How long credits are good, set by a bureau for the institutions that answer to it; without months they do not end.

CREATE TABLE expiry_policy (
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    credit_type TEXT NOT NULL CHECK (credit_type IN ('secondary', 'higher', 'undergraduate', 'skill', 'training')),
    effective_from DATE NOT NULL,
    months BIGINT CHECK (months BETWEEN 1 AND 600),
    basis TEXT NOT NULL,
    created_by BLOB NOT NULL CHECK (length(created_by) = 16),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (institution_id, credit_type, effective_from)
) WITHOUT ROWID;

CREATE TRIGGER expiry_policy_no_update BEFORE UPDATE ON expiry_policy
BEGIN SELECT RAISE(ABORT, 'expiry_policy is append-only'); END;

CREATE TRIGGER expiry_policy_no_delete BEFORE DELETE ON expiry_policy
BEGIN SELECT RAISE(ABORT, 'expiry_policy is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER expiry_policy_no_replace BEFORE INSERT ON expiry_policy
WHEN EXISTS (SELECT 1 FROM expiry_policy WHERE institution_id = NEW.institution_id AND credit_type = NEW.credit_type AND effective_from = NEW.effective_from)
BEGIN SELECT RAISE(ABORT, 'expiry_policy is append-only'); END;
