CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- One row: the identity of this book; every hash of every chain names it.

CREATE TABLE book (
    id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE institution (
    id UUID NOT NULL,
    uscc TEXT NOT NULL,
    school_code TEXT,
    name TEXT NOT NULL,
    short_name TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('secondary_school', 'technician_college', 'higher_vocational_college', 'university', 'open_university', 'awarding_body', 'training_provider', 'enterprise', 'bureau')),
    authority_id UUID,
    region TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT institution_uscc_key UNIQUE (uscc)
);

CREATE TABLE accreditation (
    id UUID NOT NULL,
    institution_id UUID NOT NULL REFERENCES institution (id),
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
    id UUID NOT NULL,
    institution_id UUID NOT NULL REFERENCES institution (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    auth_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX api_client_institution_id_idx ON api_client (institution_id);

CREATE TABLE api_client_secret (
    client_id UUID NOT NULL REFERENCES api_client (id),
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (client_id, digest)
);

-- Public keys alone: canonical members of RFC 7638. A removed key stays, so that its id is never another's.
CREATE TABLE api_client_key (
    client_id UUID NOT NULL REFERENCES api_client (id),
    kid TEXT NOT NULL,
    alg TEXT NOT NULL CHECK (alg IN ('EdDSA', 'ES256', 'RS256')),
    jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (client_id, kid)
);

-- Assertions that were used, each until it runs out.
CREATE TABLE client_assertion (
    client_id UUID NOT NULL REFERENCES api_client (id),
    digest BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, digest)
);
CREATE INDEX client_assertion_expires_at_idx ON client_assertion (expires_at);

-- Access tokens that were revoked, each until it runs out.
CREATE TABLE token_revocation (
    jti UUID NOT NULL,
    client_id UUID NOT NULL REFERENCES api_client (id),
    revoked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (jti)
);
CREATE INDEX token_revocation_expires_at_idx ON token_revocation (expires_at);

CREATE TABLE staff (
    id UUID NOT NULL,
    institution_id UUID NOT NULL REFERENCES institution (id),
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
    public_key BYTEA NOT NULL,
    sealed_private BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    signs_until BIGINT,
    verifies_until BIGINT,
    PRIMARY KEY (kid)
);
