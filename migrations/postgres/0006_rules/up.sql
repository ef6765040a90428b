-- Rule sets and their versions. What is published never changes; who wrote it never publishes it.

CREATE TABLE rule_set (
    id UUID NOT NULL,
    institution_id UUID NOT NULL REFERENCES institution (id),
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
    rule_set_id UUID NOT NULL REFERENCES rule_set (id),
    version BIGINT NOT NULL CHECK (version > 0),
    state TEXT NOT NULL CHECK (state IN ('draft', 'in_review', 'published', 'retired')),
    document TEXT NOT NULL,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    rules BIGINT NOT NULL,
    effective_from DATE NOT NULL,
    effective_to DATE,
    cohort_from BIGINT,
    cohort_to BIGINT,
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    submitted_by UUID,
    submitted_at BIGINT,
    published_by UUID,
    published_at BIGINT,
    retired_by UUID,
    retired_at BIGINT,
    retired_reason TEXT,
    row_version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (rule_set_id, version)
);

-- Everybody who ever wrote a version: none of them may publish it.

CREATE TABLE rule_set_editor (
    rule_set_id UUID NOT NULL,
    version BIGINT NOT NULL,
    actor_id UUID NOT NULL,
    edited_at BIGINT NOT NULL,
    PRIMARY KEY (rule_set_id, version, actor_id)
);

CREATE TRIGGER rule_set_editor_append_only BEFORE UPDATE OR DELETE ON rule_set_editor
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER rule_set_editor_no_truncate BEFORE TRUNCATE ON rule_set_editor
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_rule_set_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a version of a rule set begins as a draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state = 'published' AND OLD.state <> 'published' AND (
        OLD.state <> 'in_review' OR NEW.document <> OLD.document OR NEW.digest <> OLD.digest
        OR NEW.effective_from IS DISTINCT FROM OLD.effective_from OR NEW.effective_to IS DISTINCT FROM OLD.effective_to
        OR NEW.cohort_from IS DISTINCT FROM OLD.cohort_from OR NEW.cohort_to IS DISTINCT FROM OLD.cohort_to
        OR NEW.submitted_by IS NULL OR NEW.published_at IS NULL OR NEW.published_by IS NULL
        OR NEW.published_by IN (NEW.created_by, NEW.submitted_by, OLD.created_by, OLD.submitted_by)
        OR EXISTS (
            SELECT 1 FROM rule_set_editor e
            WHERE e.rule_set_id = NEW.rule_set_id AND e.version = NEW.version AND e.actor_id = NEW.published_by
        )
    ) THEN
        RAISE EXCEPTION 'a rule set is published from review, by another actor, as it was submitted'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('published', 'retired') AND NOT coalesce(
        OLD.state = 'published' AND NEW.state = 'retired'
        AND NEW.rule_set_id = OLD.rule_set_id AND NEW.version = OLD.version
        AND NEW.document = OLD.document AND NEW.digest = OLD.digest AND NEW.rules = OLD.rules
        AND NEW.effective_from = OLD.effective_from
        AND NEW.cohort_from IS NOT DISTINCT FROM OLD.cohort_from AND NEW.cohort_to IS NOT DISTINCT FROM OLD.cohort_to
        AND NEW.created_by = OLD.created_by AND NEW.created_at = OLD.created_at
        AND NEW.submitted_by IS NOT DISTINCT FROM OLD.submitted_by
        AND NEW.submitted_at IS NOT DISTINCT FROM OLD.submitted_at
        AND NEW.published_by IS NOT DISTINCT FROM OLD.published_by
        AND NEW.published_at IS NOT DISTINCT FROM OLD.published_at
        AND NEW.retired_by IS NOT NULL AND NEW.retired_at IS NOT NULL AND NEW.effective_to IS NOT NULL
        AND (OLD.effective_to IS NULL OR NEW.effective_to <= OLD.effective_to)
        AND NEW.effective_to >= (to_timestamp(NEW.retired_at / 1000000) AT TIME ZONE 'Asia/Shanghai')::date,
        FALSE
    ) THEN
        RAISE EXCEPTION 'a published rule set does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER rule_set_version_kept BEFORE INSERT OR UPDATE ON rule_set_version
    FOR EACH ROW EXECUTE FUNCTION guard_rule_set_version();

CREATE TRIGGER rule_set_version_place BEFORE UPDATE OF rule_set_id, version ON rule_set_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER rule_set_version_stays BEFORE DELETE ON rule_set_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER rule_set_version_whole BEFORE TRUNCATE ON rule_set_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- 征求意见: what institutions say of a version in review, on one rule or on the whole.

CREATE TABLE rule_set_comment (
    id UUID NOT NULL,
    rule_set_id UUID NOT NULL,
    version BIGINT NOT NULL,
    rule_code TEXT,
    institution_id UUID NOT NULL,
    actor_id UUID NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX rule_set_comment_rule_set_id_version_id_idx ON rule_set_comment (rule_set_id, version, id);

CREATE TRIGGER rule_set_comment_append_only BEFORE UPDATE OR DELETE ON rule_set_comment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER rule_set_comment_no_truncate BEFORE TRUNCATE ON rule_set_comment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
