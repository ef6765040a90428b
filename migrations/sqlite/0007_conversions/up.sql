-- Plans 转换方案 that were asked for: a plan is applied for within its days, and kept for as long as a conversion rests on it. Sealed:
-- what it was made from and what came out, since both hold scores.

CREATE TABLE conversion_plan (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    programme_id BLOB NOT NULL CHECK (length(programme_id) = 16),
    enrolment_id BLOB CHECK (length(enrolment_id) = 16),
    learner_seq BIGINT NOT NULL,
    on_date DATE NOT NULL,
    hypothetical BIGINT NOT NULL CHECK (hypothetical IN (0, 1)),
    credits BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    institution_id BLOB CHECK (length(institution_id) = 16),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX conversion_plan_id_idx ON conversion_plan (id);
CREATE INDEX conversion_plan_expires_at_idx ON conversion_plan (expires_at);

-- Conversions: one line of a plan each, from the application on. The id is also the lot of what it grants. Sealed: the line as it
-- was applied for, which holds scores.

CREATE TABLE conversion (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    application_id BLOB NOT NULL CHECK (length(application_id) = 16),
    plan_id BLOB NOT NULL CHECK (length(plan_id) = 16),
    line_no BIGINT NOT NULL,
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    programme_id BLOB NOT NULL CHECK (length(programme_id) = 16),
    rule_set_id BLOB NOT NULL CHECK (length(rule_set_id) = 16),
    rule_set_version BIGINT NOT NULL,
    rule_code TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'returned', 'converted', 'rejected', 'withdrawn', 'reversed')),
    asked BIGINT NOT NULL CHECK (asked >= 0),
    credits BIGINT NOT NULL CHECK (credits >= 0),
    credit_type TEXT NOT NULL CHECK (credit_type IN ('secondary', 'higher', 'undergraduate', 'skill', 'training')),
    module TEXT,
    exempts TEXT NOT NULL,
    sealed BLOB NOT NULL,
    term TEXT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    applied_on DATE NOT NULL,
    step BIGINT,
    step_by TEXT CHECK (step_by IN ('receiver', 'issuer', 'bureau', 'nobody')),
    turn_id BLOB CHECK (length(turn_id) = 16),
    due_on DATE,
    days_left BIGINT,
    decided_on DATE,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX conversion_id_idx ON conversion (id);
CREATE INDEX conversion_by_plan_idx ON conversion (plan_id);
CREATE INDEX conversion_institution_id_updated_at_id_idx ON conversion (institution_id, updated_at, id);
CREATE INDEX conversion_institution_id_term_id_idx ON conversion (institution_id, term, id);
CREATE INDEX conversion_turn_id_due_on_id_idx ON conversion (turn_id, due_on, id);
CREATE INDEX conversion_step_by_due_on_id_idx ON conversion (step_by, due_on, id);

-- What was applied for, and the plan with its input (I10), stand as they were written; only where it has come to changes.

CREATE TRIGGER conversion_plan_kept BEFORE UPDATE OF learner_id, id, programme_id, enrolment_id, learner_seq, on_date,
    hypothetical, credits, sealed, actor_kind, actor_id, institution_id, created_at, expires_at ON conversion_plan
BEGIN SELECT RAISE(ABORT, 'conversion_plan keeps what it says'); END;

CREATE TRIGGER conversion_plan_stays BEFORE DELETE ON conversion_plan
WHEN EXISTS (SELECT 1 FROM conversion WHERE learner_id = OLD.learner_id AND plan_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'conversion_plan is kept: a conversion rests on it'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER conversion_plan_born BEFORE INSERT ON conversion_plan
WHEN EXISTS (SELECT 1 FROM conversion_plan WHERE learner_id = NEW.learner_id AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'conversion_plan is there already'); END;

CREATE TRIGGER conversion_kept BEFORE UPDATE OF learner_id, id, application_id, plan_id, line_no, institution_id,
    enrolment_id, programme_id, rule_set_id, rule_set_version, rule_code, asked, credit_type, module, sealed, term,
    actor_kind, actor_id, applied_on, created_at ON conversion
BEGIN SELECT RAISE(ABORT, 'conversion keeps what it says'); END;

CREATE TRIGGER conversion_stays BEFORE DELETE ON conversion
BEGIN SELECT RAISE(ABORT, 'conversion is kept'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER conversion_born BEFORE INSERT ON conversion
WHEN EXISTS (SELECT 1 FROM conversion WHERE learner_id = NEW.learner_id AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'conversion is there already'); END;

-- What was done with a conversion, in order; reasons are sealed for row_id.

CREATE TABLE conversion_step (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    conversion_id BLOB NOT NULL CHECK (length(conversion_id) = 16),
    seq BIGINT NOT NULL,
    action TEXT NOT NULL,
    step BIGINT,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    institution_id BLOB CHECK (length(institution_id) = 16),
    credits BIGINT,
    due_on DATE,
    row_id BLOB NOT NULL CHECK (length(row_id) = 16),
    sealed BLOB,
    at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, conversion_id, seq)
) WITHOUT ROWID;

CREATE TRIGGER conversion_step_no_update BEFORE UPDATE ON conversion_step
BEGIN SELECT RAISE(ABORT, 'conversion_step is append-only'); END;

CREATE TRIGGER conversion_step_no_delete BEFORE DELETE ON conversion_step
BEGIN SELECT RAISE(ABORT, 'conversion_step is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER conversion_step_no_replace BEFORE INSERT ON conversion_step
WHEN EXISTS (SELECT 1 FROM conversion_step WHERE learner_id = NEW.learner_id AND conversion_id = NEW.conversion_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'conversion_step is append-only'); END;

-- Something decided earlier that rests on a record which has changed since (不符).

CREATE TABLE discrepancy (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('award', 'conversion')),
    object_id BLOB NOT NULL CHECK (length(object_id) = 16),
    achievement_id BLOB CHECK (length(achievement_id) = 16),
    fact_id BLOB CHECK (length(fact_id) = 16),
    cause TEXT NOT NULL CHECK (cause IN ('revocation', 'correction', 'reversal')),
    state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
    found_at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolved_by BLOB CHECK (length(resolved_by) = 16),
    sealed BLOB,
    CHECK ((achievement_id IS NULL) <> (fact_id IS NULL)),
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX discrepancy_id_idx ON discrepancy (id);
CREATE INDEX discrepancy_institution_id_state_id_idx ON discrepancy (institution_id, state, id);
