-- Courses that stand for another one, for one learner (课程替代).

CREATE TABLE course_substitution (
    learner_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    id UUID NOT NULL,
    course TEXT NOT NULL,
    substitutes TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    decided_by UUID NOT NULL,
    decided_at BIGINT NOT NULL,
    ended_by UUID,
    ended_at BIGINT,
    PRIMARY KEY (learner_id, enrolment_id, id)
);

-- Conditions that credits cannot show, as staff decided on them; the latest decision holds.

CREATE TABLE enrolment_condition (
    learner_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    code TEXT NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('confirmed', 'failed')),
    reason BYTEA,
    decided_by UUID NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, enrolment_id, code, seq)
);

CREATE TRIGGER enrolment_condition_append_only BEFORE UPDATE OR DELETE ON enrolment_condition
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER enrolment_condition_no_truncate BEFORE TRUNCATE ON enrolment_condition
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Awards 毕业认定: what became of an enrolment, with what was redeemed for it.

CREATE TABLE award (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    institution_id UUID NOT NULL,
    programme_id UUID NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('graduated', 'completed', 'incomplete', 'deferred')),
    state TEXT NOT NULL CHECK (state IN ('conferred', 'reversal_requested', 'reversed')),
    credit_type TEXT NOT NULL,
    credits BIGINT NOT NULL,
    awarded_on DATE NOT NULL,
    diploma_id UUID,
    sealed BYTEA,
    document TEXT NOT NULL,
    audit_id UUID,
    previous_status TEXT NOT NULL,
    decided_by UUID NOT NULL,
    requested_by UUID,
    reason BYTEA,
    confirmed_by UUID,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX award_id_idx ON award (id);
CREATE INDEX award_institution_id_updated_at_idx ON award (institution_id, updated_at);

-- What was conferred stands as it was; only its state changes.

CREATE TRIGGER award_kept BEFORE UPDATE OF learner_id, id, enrolment_id, institution_id, programme_id, outcome,
    credit_type, credits, awarded_on, diploma_id, sealed, document, audit_id, previous_status, decided_by, created_at ON award
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER award_stays BEFORE DELETE ON award
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER award_whole BEFORE TRUNCATE ON award
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Graduation audits 毕业审核: one job for a programme's cohort.

CREATE TABLE graduation_audit (
    id UUID NOT NULL,
    institution_id UUID NOT NULL,
    programme_id UUID NOT NULL,
    cohort BIGINT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('pre', 'final')),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    watermark BIGINT NOT NULL,
    total BIGINT NOT NULL,
    processed BIGINT NOT NULL,
    met BIGINT NOT NULL,
    last_learner UUID,
    last_enrolment UUID,
    lease_until BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (id)
);
CREATE INDEX graduation_audit_state_idx ON graduation_audit (state, created_at);
CREATE INDEX graduation_audit_institution_id_idx ON graduation_audit (institution_id, id);

-- What an audit found of one learner.

CREATE TABLE audit_result (
    learner_id UUID NOT NULL,
    audit_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    met BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    learner_seq BIGINT NOT NULL,
    document TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, audit_id, enrolment_id)
);
CREATE INDEX audit_result_audit_id_idx ON audit_result (audit_id, met, learner_id, enrolment_id);

CREATE TRIGGER audit_result_append_only BEFORE UPDATE OR DELETE ON audit_result
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_result_no_truncate BEFORE TRUNCATE ON audit_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Pathways 贯通培养: programmes one after another, with a rule set of their own.

CREATE TABLE pathway (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('integrated', 'three_plus_two', 'linked')),
    rule_set_id UUID,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE pathway_programme (
    pathway_id UUID NOT NULL REFERENCES pathway (id),
    place BIGINT NOT NULL,
    programme_id UUID NOT NULL,
    PRIMARY KEY (pathway_id, place)
);
CREATE INDEX pathway_programme_programme_id_idx ON pathway_programme (programme_id);

-- A cohort is audited in the order of its learners.

CREATE INDEX enrolment_programme_id_cohort_learner_id_idx ON enrolment (programme_id, cohort, learner_id, id);
