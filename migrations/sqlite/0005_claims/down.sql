DROP TABLE audit_checkpoint;
DROP TABLE audit_link;
DROP TABLE audit_event;
DROP TABLE idempotency;
DROP TABLE claim;
