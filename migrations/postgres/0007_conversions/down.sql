DROP TABLE discrepancy;
DROP TABLE conversion_step;
DROP TABLE conversion;
DROP TABLE conversion_plan;
DROP FUNCTION keep_plan_of_conversion;
