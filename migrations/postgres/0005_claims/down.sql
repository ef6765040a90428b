DROP TABLE audit_event;
DROP TABLE idempotency;
DROP TABLE claim;
