DROP TABLE precedent;
DROP TABLE case_file;
DROP TABLE case_step;
DROP TABLE objection;
DROP TABLE recognition_case;
DROP TABLE evidence_file;
DROP TABLE calendar_day;
DROP TABLE calendar_year;
