-- Days off and working weekends, as the State Council arranges them year by year: deadlines count working days.

CREATE TABLE calendar_year (
    year BIGINT NOT NULL,
    source TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_by UUID NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (year)
);

CREATE TABLE calendar_day (
    day DATE NOT NULL,
    year BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('holiday', 'working')),
    name TEXT NOT NULL,
    PRIMARY KEY (day)
);
CREATE INDEX calendar_day_year_idx ON calendar_day (year);

-- What evidence files there are. The files lie in the data folder, sealed, under the SHA-256 of what is stored.

CREATE TABLE evidence_file (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    digest BYTEA NOT NULL,
    media_type TEXT NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size BIGINT NOT NULL,
    name BYTEA,
    actor_kind TEXT NOT NULL,
    actor_id UUID NOT NULL,
    institution_id UUID,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX evidence_file_id_idx ON evidence_file (id);

CREATE TRIGGER evidence_file_append_only BEFORE UPDATE OR DELETE ON evidence_file
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER evidence_file_no_truncate BEFORE TRUNCATE ON evidence_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Files that were let go before any case needed them: by their sender, or because nobody did for long. The rows above stay.

CREATE TABLE evidence_file_end (
    learner_id UUID NOT NULL,
    file_id UUID NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID NOT NULL,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, file_id)
);

CREATE TRIGGER evidence_file_end_append_only BEFORE UPDATE OR DELETE ON evidence_file_end
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER evidence_file_end_no_truncate BEFORE TRUNCATE ON evidence_file_end
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Achievements that a learner presents and no issuer has posted. queue_on is due_on where an institution or bureau has to act, else the last of days.

CREATE TABLE recognition_case (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    institution_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('course', 'examination', 'skill_certificate', 'skill_level', 'qualification', 'training', 'competition', 'experience', 'diploma')),
    level TEXT,
    digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID NOT NULL,
    presented_for UUID,
    state TEXT NOT NULL CHECK (state IN ('submitted', 'returned', 'decided', 'appealed', 'final', 'withdrawn')),
    outcome TEXT CHECK (outcome IN ('recognised', 'partly', 'returned', 'rejected')),
    credits BIGINT,
    due_on DATE,
    queue_on DATE NOT NULL,
    days_left BIGINT,
    decided_by UUID,
    achievement_id UUID,
    precedent_id UUID,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX recognition_case_id_idx ON recognition_case (id);
CREATE INDEX recognition_case_institution_id_queue_on_idx ON recognition_case (institution_id, queue_on, id);
CREATE INDEX recognition_case_queue_on_idx ON recognition_case (queue_on, id);

-- Objections to an entry, and to one that is missing.

CREATE TABLE objection (
    learner_id UUID NOT NULL,
    id UUID NOT NULL,
    institution_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('entry', 'missing')),
    transaction_id UUID,
    achievement_id UUID,
    digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'escalated', 'ordered', 'final')),
    outcome TEXT CHECK (outcome IN ('accepted', 'refused')),
    due_on DATE,
    queue_on DATE NOT NULL,
    answered_by UUID,
    correction_id UUID,
    correction_transaction_id UUID,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
);
CREATE INDEX objection_id_idx ON objection (id);
CREATE INDEX objection_institution_id_queue_on_idx ON objection (institution_id, queue_on, id);
CREATE INDEX objection_queue_on_idx ON objection (queue_on, id);

-- What has been done in a case or objection, in order; the texts are sealed for row_id.

CREATE TABLE case_step (
    learner_id UUID NOT NULL,
    case_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    step TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID NOT NULL,
    institution_id UUID,
    outcome TEXT,
    credits BIGINT,
    due_on DATE,
    row_id UUID NOT NULL,
    sealed BYTEA,
    at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, case_id, seq)
);

CREATE TRIGGER case_step_append_only BEFORE UPDATE OR DELETE ON case_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_step_no_truncate BEFORE TRUNCATE ON case_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The evidence files of each case.

CREATE TABLE case_file (
    learner_id UUID NOT NULL,
    case_id UUID NOT NULL,
    file_id UUID NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, case_id, file_id)
);

CREATE TRIGGER case_file_append_only BEFORE UPDATE OR DELETE ON case_file
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_file_no_truncate BEFORE TRUNCATE ON case_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Decided cases as the public reads them. The ids are random and the time is a month: nothing leads back to a learner.

CREATE TABLE precedent (
    id UUID NOT NULL,
    decided_in TEXT NOT NULL,
    institution_id UUID NOT NULL,
    instance TEXT NOT NULL CHECK (instance IN ('first', 'appeal')),
    kind TEXT NOT NULL,
    code TEXT,
    level TEXT,
    title TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('recognised', 'partly', 'rejected')),
    credits BIGINT,
    basis TEXT NOT NULL,
    summary TEXT NOT NULL,
    replaces UUID,
    PRIMARY KEY (id)
);
CREATE INDEX precedent_decided_in_idx ON precedent (decided_in, id);

CREATE TRIGGER precedent_append_only BEFORE UPDATE OR DELETE ON precedent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER precedent_no_truncate BEFORE TRUNCATE ON precedent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
