DROP TABLE discrepancy;
DROP TABLE conversion_step;
DROP TABLE conversion;
DROP TABLE conversion_plan;
