DROP TRIGGER learner_fact_kept;
ALTER TABLE learner_fact DROP COLUMN revocation;
ALTER TABLE learner_fact DROP COLUMN revocation_id;
ALTER TABLE learner_fact DROP COLUMN revoked_by;
ALTER TABLE learner_fact DROP COLUMN revoked_at;
ALTER TABLE learner_fact ADD COLUMN source TEXT NOT NULL DEFAULT '';
