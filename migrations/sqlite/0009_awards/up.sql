-- Courses that stand for another one, for one learner (课程替代).

CREATE TABLE course_substitution (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    course TEXT NOT NULL,
    substitutes TEXT NOT NULL,
    sealed BLOB NOT NULL,
    decided_by BLOB NOT NULL CHECK (length(decided_by) = 16),
    decided_at BIGINT NOT NULL,
    ended_by BLOB CHECK (length(ended_by) = 16),
    ended_at BIGINT,
    PRIMARY KEY (learner_id, enrolment_id, id)
) WITHOUT ROWID;

-- Conditions that credits cannot show, as staff decided on them; the latest decision holds.

CREATE TABLE enrolment_condition (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    code TEXT NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('confirmed', 'failed')),
    reason BLOB,
    decided_by BLOB NOT NULL CHECK (length(decided_by) = 16),
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, enrolment_id, code, seq)
) WITHOUT ROWID;

CREATE TRIGGER enrolment_condition_no_update BEFORE UPDATE ON enrolment_condition
BEGIN SELECT RAISE(ABORT, 'enrolment_condition is append-only'); END;

CREATE TRIGGER enrolment_condition_no_delete BEFORE DELETE ON enrolment_condition
BEGIN SELECT RAISE(ABORT, 'enrolment_condition is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER enrolment_condition_no_replace BEFORE INSERT ON enrolment_condition
WHEN EXISTS (SELECT 1 FROM enrolment_condition WHERE learner_id = NEW.learner_id AND enrolment_id = NEW.enrolment_id AND code = NEW.code AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'enrolment_condition is append-only'); END;

-- Awards 毕业认定: what became of an enrolment, with what was redeemed for it.

CREATE TABLE award (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    programme_id BLOB NOT NULL CHECK (length(programme_id) = 16),
    outcome TEXT NOT NULL CHECK (outcome IN ('graduated', 'completed', 'incomplete', 'deferred')),
    state TEXT NOT NULL CHECK (state IN ('conferred', 'reversal_requested', 'reversed')),
    credit_type TEXT NOT NULL,
    credits BIGINT NOT NULL,
    awarded_on DATE NOT NULL,
    diploma_id BLOB CHECK (length(diploma_id) = 16),
    sealed BLOB,
    document TEXT NOT NULL,
    audit_id BLOB CHECK (length(audit_id) = 16),
    previous_status TEXT NOT NULL,
    decided_by BLOB NOT NULL CHECK (length(decided_by) = 16),
    requested_by BLOB CHECK (length(requested_by) = 16),
    reason BLOB,
    confirmed_by BLOB CHECK (length(confirmed_by) = 16),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX award_id_idx ON award (id);
CREATE INDEX award_institution_id_updated_at_idx ON award (institution_id, updated_at);

-- What was conferred stands as it was; only its state changes.

CREATE TRIGGER award_kept BEFORE UPDATE OF learner_id, id, enrolment_id, institution_id, programme_id, outcome,
    credit_type, credits, awarded_on, diploma_id, sealed, document, audit_id, previous_status, decided_by, created_at ON award
BEGIN SELECT RAISE(ABORT, 'award keeps what it says'); END;

CREATE TRIGGER award_stays BEFORE DELETE ON award
BEGIN SELECT RAISE(ABORT, 'award is kept'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER award_born BEFORE INSERT ON award
WHEN EXISTS (SELECT 1 FROM award WHERE learner_id = NEW.learner_id AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'award is there already'); END;

-- Graduation audits 毕业审核: one job for a programme's cohort.

CREATE TABLE graduation_audit (
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    programme_id BLOB NOT NULL CHECK (length(programme_id) = 16),
    cohort BIGINT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('pre', 'final')),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    watermark BIGINT NOT NULL,
    total BIGINT NOT NULL,
    processed BIGINT NOT NULL,
    met BIGINT NOT NULL,
    last_learner BLOB CHECK (length(last_learner) = 16),
    last_enrolment BLOB CHECK (length(last_enrolment) = 16),
    lease_until BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    created_by BLOB NOT NULL CHECK (length(created_by) = 16),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (id)
);
CREATE INDEX graduation_audit_state_idx ON graduation_audit (state, created_at);
CREATE INDEX graduation_audit_institution_id_idx ON graduation_audit (institution_id, id);

-- What an audit found of one learner.

CREATE TABLE audit_result (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    audit_id BLOB NOT NULL CHECK (length(audit_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    met BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    learner_seq BIGINT NOT NULL,
    document TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, audit_id, enrolment_id)
) WITHOUT ROWID;
CREATE INDEX audit_result_audit_id_idx ON audit_result (audit_id, met, learner_id, enrolment_id);

CREATE TRIGGER audit_result_no_update BEFORE UPDATE ON audit_result
BEGIN SELECT RAISE(ABORT, 'audit_result is append-only'); END;

CREATE TRIGGER audit_result_no_delete BEFORE DELETE ON audit_result
BEGIN SELECT RAISE(ABORT, 'audit_result is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER audit_result_no_replace BEFORE INSERT ON audit_result
WHEN EXISTS (SELECT 1 FROM audit_result WHERE learner_id = NEW.learner_id AND audit_id = NEW.audit_id AND enrolment_id = NEW.enrolment_id)
BEGIN SELECT RAISE(ABORT, 'audit_result is append-only'); END;

-- Pathways 贯通培养: programmes one after another, with a rule set of their own.

CREATE TABLE pathway (
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('integrated', 'three_plus_two', 'linked')),
    rule_set_id BLOB CHECK (length(rule_set_id) = 16),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE pathway_programme (
    pathway_id BLOB NOT NULL REFERENCES pathway (id) CHECK (length(pathway_id) = 16),
    place BIGINT NOT NULL,
    programme_id BLOB NOT NULL CHECK (length(programme_id) = 16),
    PRIMARY KEY (pathway_id, place)
) WITHOUT ROWID;
CREATE INDEX pathway_programme_programme_id_idx ON pathway_programme (programme_id);

-- A cohort is audited in the order of its learners.

CREATE INDEX enrolment_programme_id_cohort_learner_id_idx ON enrolment (programme_id, cohort, learner_id, id);
