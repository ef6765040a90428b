CREATE TABLE programme (
    id UUID NOT NULL,
    institution_id UUID NOT NULL REFERENCES institution (id),
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
    id UUID NOT NULL,
    programme_id UUID NOT NULL REFERENCES programme (id),
    cohort BIGINT NOT NULL,
    total_credits BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT programme_version_programme_id_cohort_key UNIQUE (programme_id, cohort)
);

CREATE TABLE course (
    id UUID NOT NULL,
    institution_id UUID NOT NULL REFERENCES institution (id),
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
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('skill_certificate', 'examination', 'skill_level', 'qualification', 'competition', 'experience')),
    code TEXT NOT NULL,
    level TEXT NOT NULL,
    name TEXT NOT NULL,
    body_id UUID REFERENCES institution (id),
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
    institution_id UUID NOT NULL REFERENCES institution (id),
    credit_type TEXT NOT NULL CHECK (credit_type IN ('secondary', 'higher', 'undergraduate', 'skill', 'training')),
    effective_from DATE NOT NULL,
    months BIGINT CHECK (months BETWEEN 1 AND 600),
    basis TEXT NOT NULL,
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (institution_id, credit_type, effective_from)
);

CREATE TRIGGER expiry_policy_append_only BEFORE UPDATE OR DELETE ON expiry_policy
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER expiry_policy_no_truncate BEFORE TRUNCATE ON expiry_policy
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
