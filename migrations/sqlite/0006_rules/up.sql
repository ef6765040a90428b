-- Rule sets and their versions. What is published never changes; who wrote it never publishes it.

CREATE TABLE rule_set (
    id BLOB NOT NULL CHECK (length(id) = 16),
    institution_id BLOB NOT NULL REFERENCES institution (id) CHECK (length(institution_id) = 16),
    authority TEXT NOT NULL CHECK (authority IN ('province', 'city', 'institution')),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX rule_set_institution_id_idx ON rule_set (institution_id);

-- The dates and cohorts stand beside the document, so that what is in force is found without reading it. `effective_to`
-- is the last day on which it really holds: retirement may bring it forward, the document keeps what was published.

CREATE TABLE rule_set_version (
    rule_set_id BLOB NOT NULL REFERENCES rule_set (id) CHECK (length(rule_set_id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    state TEXT NOT NULL CHECK (state IN ('draft', 'in_review', 'published', 'retired')),
    document TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    rules BIGINT NOT NULL,
    effective_from DATE NOT NULL,
    effective_to DATE,
    cohort_from BIGINT,
    cohort_to BIGINT,
    created_by BLOB NOT NULL CHECK (length(created_by) = 16),
    created_at BIGINT NOT NULL,
    submitted_by BLOB CHECK (length(submitted_by) = 16),
    submitted_at BIGINT,
    published_by BLOB CHECK (length(published_by) = 16),
    published_at BIGINT,
    retired_by BLOB CHECK (length(retired_by) = 16),
    retired_at BIGINT,
    retired_reason TEXT,
    row_version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (rule_set_id, version)
) WITHOUT ROWID;

-- Everybody who ever wrote a version: none of them may publish it.

CREATE TABLE rule_set_editor (
    rule_set_id BLOB NOT NULL CHECK (length(rule_set_id) = 16),
    version BIGINT NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    edited_at BIGINT NOT NULL,
    PRIMARY KEY (rule_set_id, version, actor_id)
) WITHOUT ROWID;

CREATE TRIGGER rule_set_editor_no_update BEFORE UPDATE ON rule_set_editor
BEGIN SELECT RAISE(ABORT, 'rule_set_editor is append-only'); END;

CREATE TRIGGER rule_set_editor_no_delete BEFORE DELETE ON rule_set_editor
BEGIN SELECT RAISE(ABORT, 'rule_set_editor is append-only'); END;

CREATE TRIGGER rule_set_editor_no_replace BEFORE INSERT ON rule_set_editor
WHEN EXISTS (SELECT 1 FROM rule_set_editor WHERE rule_set_id = NEW.rule_set_id AND version = NEW.version AND actor_id = NEW.actor_id)
BEGIN SELECT RAISE(ABORT, 'rule_set_editor is append-only'); END;

CREATE TRIGGER rule_set_version_published BEFORE UPDATE ON rule_set_version
WHEN NEW.state = 'published' AND OLD.state <> 'published' AND (
    OLD.state <> 'in_review' OR NEW.document <> OLD.document OR NEW.digest <> OLD.digest
    OR NEW.effective_from IS NOT OLD.effective_from OR NEW.effective_to IS NOT OLD.effective_to
    OR NEW.cohort_from IS NOT OLD.cohort_from OR NEW.cohort_to IS NOT OLD.cohort_to
    OR NEW.submitted_by IS NULL OR NEW.published_at IS NULL OR NEW.published_by IS NULL
    OR NEW.published_by IN (NEW.created_by, NEW.submitted_by, OLD.created_by, OLD.submitted_by)
    OR EXISTS (
        SELECT 1 FROM rule_set_editor
        WHERE rule_set_id = NEW.rule_set_id AND version = NEW.version AND actor_id = NEW.published_by
    )
)
BEGIN SELECT RAISE(ABORT, 'a rule set is published from review, by another actor, as it was submitted'); END;

CREATE TRIGGER rule_set_version_kept BEFORE UPDATE ON rule_set_version
WHEN OLD.state IN ('published', 'retired') AND NOT (
    OLD.state = 'published' AND NEW.state = 'retired'
    AND NEW.rule_set_id = OLD.rule_set_id AND NEW.version = OLD.version
    AND NEW.document = OLD.document AND NEW.digest = OLD.digest AND NEW.rules = OLD.rules
    AND NEW.effective_from = OLD.effective_from
    AND NEW.cohort_from IS OLD.cohort_from AND NEW.cohort_to IS OLD.cohort_to
    AND NEW.created_by = OLD.created_by AND NEW.created_at = OLD.created_at
    AND NEW.submitted_by IS OLD.submitted_by AND NEW.submitted_at IS OLD.submitted_at
    AND NEW.published_by IS OLD.published_by AND NEW.published_at IS OLD.published_at
    AND NEW.retired_by IS NOT NULL AND NEW.retired_at IS NOT NULL AND NEW.effective_to IS NOT NULL
    AND (OLD.effective_to IS NULL OR NEW.effective_to <= OLD.effective_to)
    AND NEW.effective_to >= date(NEW.retired_at / 1000000 + 28800, 'unixepoch')
)
BEGIN SELECT RAISE(ABORT, 'a published rule set does not change'); END;

-- A draft moved onto the place of another version would replace it.
CREATE TRIGGER rule_set_version_place BEFORE UPDATE OF rule_set_id, version ON rule_set_version
BEGIN SELECT RAISE(ABORT, 'a version of a rule set stays in its place'); END;

CREATE TRIGGER rule_set_version_stays BEFORE DELETE ON rule_set_version
BEGIN SELECT RAISE(ABORT, 'versions of a rule set are kept'); END;

-- INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on.
CREATE TRIGGER rule_set_version_born BEFORE INSERT ON rule_set_version
WHEN NEW.state <> 'draft'
    OR EXISTS (SELECT 1 FROM rule_set_version WHERE rule_set_id = NEW.rule_set_id AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'a version of a rule set begins as a draft'); END;

-- 征求意见: what institutions say of a version in review, on one rule or on the whole.

CREATE TABLE rule_set_comment (
    id BLOB NOT NULL CHECK (length(id) = 16),
    rule_set_id BLOB NOT NULL CHECK (length(rule_set_id) = 16),
    version BIGINT NOT NULL,
    rule_code TEXT,
    institution_id BLOB NOT NULL CHECK (length(institution_id) = 16),
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX rule_set_comment_rule_set_id_version_id_idx ON rule_set_comment (rule_set_id, version, id);

CREATE TRIGGER rule_set_comment_no_update BEFORE UPDATE ON rule_set_comment
BEGIN SELECT RAISE(ABORT, 'rule_set_comment is append-only'); END;

CREATE TRIGGER rule_set_comment_no_delete BEFORE DELETE ON rule_set_comment
BEGIN SELECT RAISE(ABORT, 'rule_set_comment is append-only'); END;

CREATE TRIGGER rule_set_comment_no_replace BEFORE INSERT ON rule_set_comment
WHEN EXISTS (SELECT 1 FROM rule_set_comment WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'rule_set_comment is append-only'); END;
