-- The head of each learner's chain, and the row that is locked while the chain grows.

CREATE TABLE learner_head (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    posted_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id)
) WITHOUT ROWID;

CREATE TABLE ledger_transaction (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    learner_seq BIGINT NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('deposit', 'record', 'transfer', 'hold', 'release', 'conversion', 'redemption', 'forfeiture', 'expiry', 'reversal', 'merge_out', 'merge_in')),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    request_id BLOB NOT NULL CHECK (length(request_id) = 16),
    cause TEXT NOT NULL CHECK (cause IN ('posted', 'recognition', 'attempt', 'correction', 'revocation', 'reinstatement', 'enrolment_transfer', 'application', 'decision', 'withdrawal', 'conversion_reversal', 'award', 'award_reversal', 'expiry_policy')),
    achievement_id BLOB CHECK (length(achievement_id) = 16),
    reverses_seq BIGINT,
    effective_on DATE NOT NULL,
    posted_at BIGINT NOT NULL,
    suite BIGINT NOT NULL,
    commitment BLOB NOT NULL,
    hash BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (learner_id, learner_seq)
);
CREATE INDEX ledger_transaction_id_idx ON ledger_transaction (id);
CREATE INDEX ledger_transaction_institution_id_posted_at_idx ON ledger_transaction (institution_id, posted_at);

CREATE TRIGGER ledger_transaction_no_update BEFORE UPDATE ON ledger_transaction
BEGIN SELECT RAISE(FAIL, 'ledger_transaction is append-only'); END;

CREATE TRIGGER ledger_transaction_no_delete BEFORE DELETE ON ledger_transaction
BEGIN SELECT RAISE(FAIL, 'ledger_transaction is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER ledger_transaction_no_replace BEFORE INSERT ON ledger_transaction
WHEN EXISTS (SELECT 1 FROM ledger_transaction WHERE learner_id = NEW.learner_id AND learner_seq = NEW.learner_seq)
    OR EXISTS (SELECT 1 FROM ledger_transaction WHERE rowid = NEW.rowid)
BEGIN SELECT RAISE(FAIL, 'ledger_transaction is append-only'); END;

CREATE TABLE posting (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    learner_seq BIGINT NOT NULL,
    posting_no BIGINT NOT NULL,
    credit_type TEXT NOT NULL CHECK (credit_type IN ('secondary', 'higher', 'undergraduate', 'skill', 'training')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    lot_id BLOB NOT NULL CHECK (length(lot_id) = 16),
    from_purse TEXT NOT NULL,
    from_ref BLOB NOT NULL CHECK (length(from_ref) = 16),
    from_balance BIGINT,
    to_purse TEXT NOT NULL,
    to_ref BLOB NOT NULL CHECK (length(to_ref) = 16),
    to_balance BIGINT,
    PRIMARY KEY (learner_id, learner_seq, posting_no)
) WITHOUT ROWID;

CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting
BEGIN SELECT RAISE(FAIL, 'posting is append-only'); END;

CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting
BEGIN SELECT RAISE(FAIL, 'posting is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER posting_no_replace BEFORE INSERT ON posting
WHEN EXISTS (SELECT 1 FROM posting WHERE learner_id = NEW.learner_id AND learner_seq = NEW.learner_seq AND posting_no = NEW.posting_no)
BEGIN SELECT RAISE(FAIL, 'posting is append-only'); END;

CREATE TABLE achievement (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    subject TEXT NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    learner_seq BIGINT NOT NULL,
    series_id BLOB NOT NULL CHECK (length(series_id) = 16),
    revision BIGINT NOT NULL,
    lot_id BLOB NOT NULL CHECK (length(lot_id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('course', 'examination', 'skill_certificate', 'skill_level', 'qualification', 'training', 'competition', 'experience', 'diploma')),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    code TEXT,
    level TEXT,
    credit_type TEXT NOT NULL,
    credits BIGINT NOT NULL CHECK (credits >= 0),
    programme_id BLOB CHECK (length(programme_id) = 16),
    enrolment_id BLOB CHECK (length(enrolment_id) = 16),
    term TEXT,
    attempt TEXT,
    delivery TEXT,
    facts TEXT,
    completed_on DATE NOT NULL,
    issued_on DATE,
    valid_until DATE,
    attached_to BLOB CHECK (length(attached_to) = 16),
    supersedes BLOB CHECK (length(supersedes) = 16),
    PRIMARY KEY (learner_id, subject, id)
);
CREATE INDEX achievement_id_idx ON achievement (id);

CREATE TRIGGER achievement_no_update BEFORE UPDATE ON achievement
BEGIN SELECT RAISE(FAIL, 'achievement is append-only'); END;

CREATE TRIGGER achievement_no_delete BEFORE DELETE ON achievement
BEGIN SELECT RAISE(FAIL, 'achievement is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER achievement_no_replace BEFORE INSERT ON achievement
WHEN EXISTS (SELECT 1 FROM achievement WHERE learner_id = NEW.learner_id AND subject = NEW.subject AND id = NEW.id)
    OR EXISTS (SELECT 1 FROM achievement WHERE rowid = NEW.rowid)
BEGIN SELECT RAISE(FAIL, 'achievement is append-only'); END;

CREATE TABLE balance (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    purse TEXT NOT NULL CHECK (purse IN ('available', 'programme', 'held', 'redeemed')),
    purse_ref BLOB NOT NULL CHECK (length(purse_ref) = 16),
    credit_type TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (learner_id, purse, purse_ref, credit_type)
) WITHOUT ROWID;

-- What an achievement has been used for by conversions, from the application on: each once per family and scope.

CREATE TABLE achievement_use (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    evidence_id BLOB NOT NULL CHECK (length(evidence_id) = 16),
    family TEXT NOT NULL,
    scope TEXT NOT NULL,
    line_id BLOB NOT NULL CHECK (length(line_id) = 16),
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, evidence_id, family, scope)
) WITHOUT ROWID;
