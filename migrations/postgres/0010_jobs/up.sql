-- Long work done beside the service, resumable: whoever holds the lease goes on from `progress`.

CREATE TABLE job (
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('cohort_plan', 'simulation')),
    institution_id UUID NOT NULL REFERENCES institution (id),
    requested_by UUID NOT NULL,
    request TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done BIGINT NOT NULL,
    total BIGINT,
    watermark BIGINT NOT NULL,
    progress TEXT NOT NULL,
    result TEXT,
    holder UUID,
    leased_until BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (id)
);
CREATE INDEX job_state_id_idx ON job (state, id);
CREATE INDEX job_institution_id_id_idx ON job (institution_id, id);

-- Who of a cohort could convert what; the lines are sealed under the learner's key.

CREATE TABLE cohort_plan_result (
    learner_id UUID NOT NULL,
    job_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    credits BIGINT NOT NULL,
    courses BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (learner_id, job_id, enrolment_id)
);
CREATE INDEX cohort_plan_result_job_id_enrolment_id_idx ON cohort_plan_result (job_id, enrolment_id);

-- A school asks a learner to look at what could be converted; the learner confirms by applying.

CREATE TABLE conversion_invitation (
    learner_id UUID NOT NULL,
    job_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    institution_id UUID NOT NULL,
    invited_by UUID NOT NULL,
    invited_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, job_id, enrolment_id)
);

-- Who gains or loses by a rule set that is not in force yet; those for whom nothing changes are only counted.

CREATE TABLE simulation_result (
    learner_id UUID NOT NULL,
    job_id UUID NOT NULL,
    enrolment_id UUID NOT NULL,
    programme_id UUID NOT NULL,
    credits_before BIGINT NOT NULL,
    credits_after BIGINT NOT NULL,
    courses_before BIGINT NOT NULL,
    courses_after BIGINT NOT NULL,
    PRIMARY KEY (learner_id, job_id, enrolment_id)
);
CREATE INDEX simulation_result_job_id_enrolment_id_idx ON simulation_result (job_id, enrolment_id);

-- A programme's learners, cohort by cohort.
CREATE INDEX enrolment_programme_id_cohort_id_idx ON enrolment (programme_id, cohort, id);
