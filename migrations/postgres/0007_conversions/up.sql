-- Plans 转换方案 that were asked for: a plan is applied for within its days, and kept for as long as a conversion rests on it. Sealed:
-- what it was made from and what came out, since both hold scores.

CREATE TABLE conversion_plan (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    programme_id UUID NOT NULL,
    enrolment_id UUID,
    learner_seq BIGINT NOT NULL,
    on_date DATE NOT NULL,
    hypothetical BIGINT NOT NULL CHECK (hypothetical IN (0, 1)),
    credits BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id UUID NOT NULL,
    institution_id UUID,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX conversion_plan_id_idx ON conversion_plan (id);
CREATE INDEX conversion_plan_expires_at_idx ON conversion_plan (expires_at);

-- Conversions: one line of a plan each, from the application on. The id is also the lot of what it grants. Sealed: the line as it
-- was applied for, which holds scores.

CREATE TABLE conversion (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    application_id UUID NOT NULL,
    plan_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    institution_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    programme_id UUID NOT NULL,
    rule_set_id UUID NOT NULL,
    rule_set_version BIGINT NOT NULL,
    rule_code TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'returned', 'converted', 'rejected', 'withdrawn', 'reversed')),
    asked BIGINT NOT NULL CHECK (asked >= 0),
    credits BIGINT NOT NULL CHECK (credits >= 0),
    credit_type TEXT NOT NULL CHECK (credit_type IN ('secondary', 'higher', 'undergraduate', 'skill', 'training')),
    module TEXT,
    exempts TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    term TEXT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id UUID NOT NULL,
    applied_on DATE NOT NULL,
    step BIGINT,
    step_by TEXT CHECK (step_by IN ('receiver', 'issuer', 'bureau', 'nobody')),
    turn_id UUID,
    due_on DATE,
    days_left BIGINT,
    decided_on DATE,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX conversion_id_idx ON conversion (id);
CREATE INDEX conversion_by_plan_idx ON conversion (plan_id);
CREATE INDEX conversion_institution_id_updated_at_id_idx ON conversion (institution_id, updated_at, id);
CREATE INDEX conversion_institution_id_term_id_idx ON conversion (institution_id, term, id);
CREATE INDEX conversion_turn_id_due_on_id_idx ON conversion (turn_id, due_on, id);
CREATE INDEX conversion_step_by_due_on_id_idx ON conversion (step_by, due_on, id);

-- What was applied for, and the plan with its input (I10), stand as they were written; only where it has come to changes.

CREATE FUNCTION keep_plan_of_conversion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM conversion WHERE learner_id = OLD.learner_id AND plan_id = OLD.id) THEN
        RAISE EXCEPTION 'conversion_plan is kept: a conversion rests on it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER conversion_plan_kept BEFORE UPDATE OF learner_id, id, programme_id, enrolment_id, learner_seq, on_date,
    hypothetical, credits, sealed, actor_kind, actor_id, institution_id, created_at, expires_at ON conversion_plan
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER conversion_plan_stays BEFORE DELETE ON conversion_plan
    FOR EACH ROW EXECUTE FUNCTION keep_plan_of_conversion();

CREATE TRIGGER conversion_plan_whole BEFORE TRUNCATE ON conversion_plan
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER conversion_kept BEFORE UPDATE OF learner_id, id, application_id, plan_id, line_no, institution_id,
    enrolment_id, programme_id, rule_set_id, rule_set_version, rule_code, asked, credit_type, module, sealed, term,
    actor_kind, actor_id, applied_on, created_at ON conversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER conversion_stays BEFORE DELETE ON conversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER conversion_whole BEFORE TRUNCATE ON conversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was done with a conversion, in order; reasons are sealed for row_id.

CREATE TABLE conversion_step (
    learner_id UUID NOT NULL,
    conversion_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    action TEXT NOT NULL,
    step BIGINT,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('client', 'staff', 'learner', 'system')),
    actor_id UUID NOT NULL,
    institution_id UUID,
    credits BIGINT,
    due_on DATE,
    row_id UUID NOT NULL,
    sealed BYTEA,
    at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, conversion_id, seq)
);

CREATE TRIGGER conversion_step_append_only BEFORE UPDATE OR DELETE ON conversion_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER conversion_step_no_truncate BEFORE TRUNCATE ON conversion_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Something decided earlier that rests on a record which has changed since (不符).

CREATE TABLE discrepancy (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    institution_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('award', 'conversion')),
    object_id UUID NOT NULL,
    achievement_id UUID,
    fact_id UUID,
    cause TEXT NOT NULL CHECK (cause IN ('revocation', 'correction', 'reversal')),
    state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
    found_at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolved_by UUID,
    sealed BYTEA,
    CHECK ((achievement_id IS NULL) <> (fact_id IS NULL)),
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX discrepancy_id_idx ON discrepancy (id);
CREATE INDEX discrepancy_institution_id_state_id_idx ON discrepancy (institution_id, state, id);
