-- Where a fact was seen stands with the rest of what is sealed of it. A fact that never held, or no longer does, is revoked:
-- by whom, when, and why (sealed for revocation_id). Nothing else of a fact ever changes.

ALTER TABLE learner_fact DROP COLUMN source;
ALTER TABLE learner_fact ADD COLUMN revoked_at BIGINT;
ALTER TABLE learner_fact ADD COLUMN revoked_by UUID;
ALTER TABLE learner_fact ADD COLUMN revocation_id UUID;
ALTER TABLE learner_fact ADD COLUMN revocation BYTEA;

CREATE TRIGGER learner_fact_kept BEFORE UPDATE OF learner_id, id, fact, sealed, attested_by, valid_from, valid_to, recorded_at ON learner_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
