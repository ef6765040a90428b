-- Long work done beside the service, resumable: whoever holds the lease goes on from `progress`.

CREATE TABLE job (
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('cohort_plan', 'simulation')),
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    requested_by BLOB NOT NULL CHECK (length(requested_by) = 16),
    request TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done BIGINT NOT NULL,
    total BIGINT,
    watermark BIGINT NOT NULL,
    progress TEXT NOT NULL,
    result TEXT,
    holder BLOB CHECK (length(holder) = 16),
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
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    job_id BLOB NOT NULL CHECK (length(job_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    credits BIGINT NOT NULL,
    courses BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (learner_id, job_id, enrolment_id)
) WITHOUT ROWID;
CREATE INDEX cohort_plan_result_job_id_enrolment_id_idx ON cohort_plan_result (job_id, enrolment_id);

-- A school asks a learner to look at what could be converted; the learner confirms by applying.

CREATE TABLE conversion_invitation (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    job_id BLOB NOT NULL CHECK (length(job_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    invited_by BLOB NOT NULL CHECK (length(invited_by) = 16),
    invited_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, job_id, enrolment_id)
) WITHOUT ROWID;

-- Who gains or loses by a rule set that is not in force yet; those for whom nothing changes are only counted.

CREATE TABLE simulation_result (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    job_id BLOB NOT NULL CHECK (length(job_id) = 16),
    enrolment_id BLOB NOT NULL CHECK (length(enrolment_id) = 16),
    programme_id BLOB NOT NULL CHECK (length(programme_id) = 16),
    credits_before BIGINT NOT NULL,
    credits_after BIGINT NOT NULL,
    courses_before BIGINT NOT NULL,
    courses_after BIGINT NOT NULL,
    PRIMARY KEY (learner_id, job_id, enrolment_id)
) WITHOUT ROWID;
CREATE INDEX simulation_result_job_id_enrolment_id_idx ON simulation_result (job_id, enrolment_id);

-- A programme's learners, cohort by cohort.
CREATE INDEX enrolment_programme_id_cohort_id_idx ON enrolment (programme_id, cohort, id);
