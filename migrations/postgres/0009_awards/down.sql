DROP INDEX enrolment_programme_id_cohort_learner_id_idx;
DROP TABLE pathway_programme;
DROP TABLE pathway;
DROP TABLE audit_result;
DROP TABLE graduation_audit;
DROP TABLE award;
DROP TABLE enrolment_condition;
DROP TABLE course_substitution;
