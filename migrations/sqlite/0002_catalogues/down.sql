DROP TABLE expiry_policy;
DROP TABLE training_rate;
DROP TABLE catalogue_entry;
DROP TABLE course;
DROP TABLE programme_version;
DROP TABLE programme;
