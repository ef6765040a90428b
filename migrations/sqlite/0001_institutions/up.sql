-- One row: the identity of this book; every hash of every chain names it.

CREATE TABLE book (
    id BLOB NOT NULL CHECK (length(id) = 16),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE institution (
    id BLOB NOT NULL CHECK (length(id) = 16),
    uscc TEXT NOT NULL,
    school_code TEXT,
    name TEXT NOT NULL,
    short_name TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('secondary_school', 'technician_college', 'higher_vocational_college', 'university', 'open_university', 'awarding_body', 'training_provider', 'enterprise', 'bureau')),
    authority_id BLOB CHECK (length(authority_id) = 16),
    region TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT institution_uscc_key UNIQUE (uscc)
);

CREATE TABLE accreditation (
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    kind TEXT NOT NULL,
    codes TEXT,
    levels TEXT,
    valid_from DATE NOT NULL,
    valid_to DATE,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX accreditation_institution_id_idx ON accreditation (institution_id);

CREATE TABLE api_client (
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    name TEXT NOT NULL,
    secret_digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    auth_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX api_client_institution_id_idx ON api_client (institution_id);

CREATE TABLE staff (
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    login TEXT NOT NULL,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('registrar', 'class_teacher', 'reviewer', 'rule_editor', 'rule_publisher', 'auditor', 'administrator', 'security_administrator')),
    password_hash TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT staff_login_key UNIQUE (login)
);

CREATE TABLE signing_key (
    kid TEXT NOT NULL,
    public_key BLOB NOT NULL,
    sealed_private BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (kid)
);
