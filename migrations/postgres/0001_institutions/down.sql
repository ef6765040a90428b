DROP TABLE signing_key;
DROP TABLE staff;
DROP TABLE api_client;
DROP TABLE accreditation;
DROP TABLE institution;
DROP TABLE book;
DROP FUNCTION refuse_change();
