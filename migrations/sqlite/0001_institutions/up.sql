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
    scopes TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    auth_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX api_client_institution_id_idx ON api_client (institution_id);

CREATE TABLE api_client_secret (
    client_id BLOB NOT NULL REFERENCES api_client (id) CHECK (length(client_id) = 16),
    digest BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (client_id, digest)
);

-- Public keys alone: canonical members of RFC 7638. A removed key stays, so that its id is never another's.
CREATE TABLE api_client_key (
    client_id BLOB NOT NULL REFERENCES api_client (id) CHECK (length(client_id) = 16),
    kid TEXT NOT NULL,
    alg TEXT NOT NULL CHECK (alg IN ('EdDSA', 'ES256', 'RS256')),
    jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (client_id, kid)
);

-- Assertions that were used, each until it runs out.
CREATE TABLE client_assertion (
    client_id BLOB NOT NULL REFERENCES api_client (id) CHECK (length(client_id) = 16),
    digest BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, digest)
);
CREATE INDEX client_assertion_expires_at_idx ON client_assertion (expires_at);

-- Access tokens that were revoked, each until it runs out.
CREATE TABLE token_revocation (
    jti BLOB NOT NULL CHECK (length(jti) = 16),
    client_id BLOB NOT NULL REFERENCES api_client (id) CHECK (length(client_id) = 16),
    revoked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (jti)
);
CREATE INDEX token_revocation_expires_at_idx ON token_revocation (expires_at);

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
    signs_from BIGINT NOT NULL,
    signs_until BIGINT,
    verifies_until BIGINT,
    PRIMARY KEY (kid)
);
