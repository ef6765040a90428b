DROP TABLE achievement_use;
DROP TABLE balance;
DROP TABLE achievement;
DROP TABLE posting;
DROP TABLE ledger_transaction;
DROP TABLE learner_head;
