-- The head of each learner's chain, and the row that is locked while the chain grows.

CREATE TABLE learner_head (
    learner_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    posted_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id)
);

-- Updated in place by every post: room on the page keeps those updates off the index.
ALTER TABLE learner_head SET (fillfactor = 70);

CREATE TABLE ledger_transaction (
    learner_id UUID NOT NULL,
    learner_seq BIGINT NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('deposit', 'record', 'transfer', 'hold', 'release', 'conversion', 'redemption', 'forfeiture', 'expiry', 'reversal', 'merge_out', 'merge_in')),
    institution_id UUID NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id UUID NOT NULL,
    request_id UUID NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('posted', 'recognition', 'attempt', 'correction', 'revocation', 'reinstatement', 'enrolment_transfer', 'application', 'decision', 'withdrawal', 'conversion_reversal', 'award', 'award_reversal', 'expiry_policy')),
    achievement_id UUID,
    reverses_seq BIGINT,
    effective_on DATE NOT NULL,
    posted_at BIGINT NOT NULL,
    suite BIGINT NOT NULL,
    commitment BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (learner_id, learner_seq)
);
CREATE INDEX ledger_transaction_id_idx ON ledger_transaction (id);
CREATE INDEX ledger_transaction_institution_id_posted_at_idx ON ledger_transaction (institution_id, posted_at);

CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_transaction_no_truncate BEFORE TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE posting (
    learner_id UUID NOT NULL,
    learner_seq BIGINT NOT NULL,
    posting_no BIGINT NOT NULL,
    credit_type TEXT NOT NULL CHECK (credit_type IN ('secondary', 'higher', 'undergraduate', 'skill', 'training')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    lot_id UUID NOT NULL,
    from_purse TEXT NOT NULL,
    from_ref UUID NOT NULL,
    from_balance BIGINT,
    to_purse TEXT NOT NULL,
    to_ref UUID NOT NULL,
    to_balance BIGINT,
    PRIMARY KEY (learner_id, learner_seq, posting_no)
);

CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER posting_no_truncate BEFORE TRUNCATE ON posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE achievement (
    learner_id UUID NOT NULL,
    subject TEXT NOT NULL,
    id UUID NOT NULL,
    learner_seq BIGINT NOT NULL,
    series_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    lot_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('course', 'examination', 'skill_certificate', 'skill_level', 'qualification', 'training', 'competition', 'experience', 'diploma')),
    institution_id UUID NOT NULL,
    code TEXT,
    level TEXT,
    credit_type TEXT NOT NULL,
    credits BIGINT NOT NULL CHECK (credits >= 0),
    programme_id UUID,
    enrolment_id UUID,
    term TEXT,
    attempt TEXT,
    delivery TEXT,
    facts TEXT,
    completed_on DATE NOT NULL,
    issued_on DATE,
    valid_until DATE,
    attached_to UUID,
    supersedes UUID,
    PRIMARY KEY (learner_id, subject, id)
);
CREATE INDEX achievement_id_idx ON achievement (id);

CREATE TRIGGER achievement_append_only BEFORE UPDATE OR DELETE ON achievement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER achievement_no_truncate BEFORE TRUNCATE ON achievement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE balance (
    learner_id UUID NOT NULL,
    purse TEXT NOT NULL CHECK (purse IN ('available', 'programme', 'held', 'redeemed')),
    purse_ref UUID NOT NULL,
    credit_type TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (learner_id, purse, purse_ref, credit_type)
);

-- Updated in place by every post: room on the page keeps those updates off the index.
ALTER TABLE balance SET (fillfactor = 70);

-- What an achievement has been used for by conversions, from the application on: each once per family and scope.

CREATE TABLE achievement_use (
    learner_id UUID NOT NULL,
    evidence_id UUID NOT NULL,
    family TEXT NOT NULL,
    scope TEXT NOT NULL,
    line_id UUID NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, evidence_id, family, scope)
);
