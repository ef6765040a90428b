-- Days off and working weekends, as the State Council arranges them year by year: deadlines count working days.

CREATE TABLE calendar_year (
    year BIGINT NOT NULL,
    source TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_by BLOB NOT NULL CHECK (length(updated_by) = 16),
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (year)
) WITHOUT ROWID;

CREATE TABLE calendar_day (
    day DATE NOT NULL,
    year BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('holiday', 'working')),
    name TEXT NOT NULL,
    PRIMARY KEY (day)
) WITHOUT ROWID;
CREATE INDEX calendar_day_year_idx ON calendar_day (year);

-- What evidence files there are. The files lie in the data folder, sealed, under the SHA-256 of what is stored.

CREATE TABLE evidence_file (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    digest BLOB NOT NULL,
    media_type TEXT NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size BIGINT NOT NULL,
    name BLOB,
    actor_kind TEXT NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    institution_id BLOB CHECK (length(institution_id) = 16),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX evidence_file_id_idx ON evidence_file (id);

CREATE TRIGGER evidence_file_no_update BEFORE UPDATE ON evidence_file
BEGIN SELECT RAISE(ABORT, 'evidence_file is append-only'); END;

CREATE TRIGGER evidence_file_no_delete BEFORE DELETE ON evidence_file
BEGIN SELECT RAISE(ABORT, 'evidence_file is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER evidence_file_no_replace BEFORE INSERT ON evidence_file
WHEN EXISTS (SELECT 1 FROM evidence_file WHERE learner_id = NEW.learner_id AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'evidence_file is append-only'); END;

-- Files that were let go before any case needed them: by their sender, or because nobody did for long. The rows above stay.

CREATE TABLE evidence_file_end (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    file_id BLOB NOT NULL CHECK (length(file_id) = 16),
    actor_kind TEXT NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, file_id)
) WITHOUT ROWID;

CREATE TRIGGER evidence_file_end_no_update BEFORE UPDATE ON evidence_file_end
BEGIN SELECT RAISE(ABORT, 'evidence_file_end is append-only'); END;

CREATE TRIGGER evidence_file_end_no_delete BEFORE DELETE ON evidence_file_end
BEGIN SELECT RAISE(ABORT, 'evidence_file_end is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER evidence_file_end_no_replace BEFORE INSERT ON evidence_file_end
WHEN EXISTS (SELECT 1 FROM evidence_file_end WHERE learner_id = NEW.learner_id AND file_id = NEW.file_id)
BEGIN SELECT RAISE(ABORT, 'evidence_file_end is append-only'); END;

-- Achievements that a learner presents and no issuer has posted. queue_on is due_on where an institution or bureau has to act, else the last of days.

CREATE TABLE recognition_case (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('course', 'examination', 'skill_certificate', 'skill_level', 'qualification', 'training', 'competition', 'experience', 'diploma')),
    level TEXT,
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    presented_for BLOB CHECK (length(presented_for) = 16),
    state TEXT NOT NULL CHECK (state IN ('submitted', 'returned', 'decided', 'appealed', 'final', 'withdrawn')),
    outcome TEXT CHECK (outcome IN ('recognised', 'partly', 'returned', 'rejected')),
    credits BIGINT,
    due_on DATE,
    queue_on DATE NOT NULL,
    days_left BIGINT,
    decided_by BLOB CHECK (length(decided_by) = 16),
    achievement_id BLOB CHECK (length(achievement_id) = 16),
    precedent_id BLOB CHECK (length(precedent_id) = 16),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX recognition_case_id_idx ON recognition_case (id);
CREATE INDEX recognition_case_institution_id_queue_on_idx ON recognition_case (institution_id, queue_on, id);
CREATE INDEX recognition_case_queue_on_idx ON recognition_case (queue_on, id);

-- Objections to an entry, and to one that is missing.

CREATE TABLE objection (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('entry', 'missing')),
    transaction_id BLOB CHECK (length(transaction_id) = 16),
    achievement_id BLOB CHECK (length(achievement_id) = 16),
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'escalated', 'ordered', 'final')),
    outcome TEXT CHECK (outcome IN ('accepted', 'refused')),
    due_on DATE,
    queue_on DATE NOT NULL,
    answered_by BLOB CHECK (length(answered_by) = 16),
    correction_id BLOB CHECK (length(correction_id) = 16),
    correction_transaction_id BLOB CHECK (length(correction_transaction_id) = 16),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, id)
) WITHOUT ROWID;
CREATE INDEX objection_id_idx ON objection (id);
CREATE INDEX objection_institution_id_queue_on_idx ON objection (institution_id, queue_on, id);
CREATE INDEX objection_queue_on_idx ON objection (queue_on, id);

-- What has been done in a case or objection, in order; the texts are sealed for row_id.

CREATE TABLE case_step (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    case_id BLOB NOT NULL CHECK (length(case_id) = 16),
    seq BIGINT NOT NULL,
    step TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    institution_id BLOB CHECK (length(institution_id) = 16),
    outcome TEXT,
    credits BIGINT,
    due_on DATE,
    row_id BLOB NOT NULL CHECK (length(row_id) = 16),
    sealed BLOB,
    at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, case_id, seq)
) WITHOUT ROWID;

CREATE TRIGGER case_step_no_update BEFORE UPDATE ON case_step
BEGIN SELECT RAISE(ABORT, 'case_step is append-only'); END;

CREATE TRIGGER case_step_no_delete BEFORE DELETE ON case_step
BEGIN SELECT RAISE(ABORT, 'case_step is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER case_step_no_replace BEFORE INSERT ON case_step
WHEN EXISTS (SELECT 1 FROM case_step WHERE learner_id = NEW.learner_id AND case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'case_step is append-only'); END;

-- The evidence files of each case.

CREATE TABLE case_file (
    learner_id BLOB NOT NULL CHECK (length(learner_id) = 16),
    case_id BLOB NOT NULL CHECK (length(case_id) = 16),
    file_id BLOB NOT NULL CHECK (length(file_id) = 16),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (learner_id, case_id, file_id)
) WITHOUT ROWID;

CREATE TRIGGER case_file_no_update BEFORE UPDATE ON case_file
BEGIN SELECT RAISE(ABORT, 'case_file is append-only'); END;

CREATE TRIGGER case_file_no_delete BEFORE DELETE ON case_file
BEGIN SELECT RAISE(ABORT, 'case_file is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER case_file_no_replace BEFORE INSERT ON case_file
WHEN EXISTS (SELECT 1 FROM case_file WHERE learner_id = NEW.learner_id AND case_id = NEW.case_id AND file_id = NEW.file_id)
BEGIN SELECT RAISE(ABORT, 'case_file is append-only'); END;

-- Decided cases as the public reads them. The ids are random and the time is a month: nothing leads back to a learner.

CREATE TABLE precedent (
    id BLOB NOT NULL CHECK (length(id) = 16),
    decided_in TEXT NOT NULL,
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    instance TEXT NOT NULL CHECK (instance IN ('first', 'appeal')),
    kind TEXT NOT NULL,
    code TEXT,
    level TEXT,
    title TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('recognised', 'partly', 'rejected')),
    credits BIGINT,
    basis TEXT NOT NULL,
    summary TEXT NOT NULL,
    replaces BLOB CHECK (length(replaces) = 16),
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX precedent_decided_in_idx ON precedent (decided_in, id);

CREATE TRIGGER precedent_no_update BEFORE UPDATE ON precedent
BEGIN SELECT RAISE(ABORT, 'precedent is append-only'); END;

CREATE TRIGGER precedent_no_delete BEFORE DELETE ON precedent
BEGIN SELECT RAISE(ABORT, 'precedent is append-only'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER precedent_no_replace BEFORE INSERT ON precedent
WHEN EXISTS (SELECT 1 FROM precedent WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'precedent is append-only'); END;
