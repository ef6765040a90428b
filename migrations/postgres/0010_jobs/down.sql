DROP INDEX enrolment_programme_id_cohort_id_idx;
DROP TABLE simulation_result;
DROP TABLE conversion_invitation;
DROP TABLE cohort_plan_result;
DROP TABLE job;
