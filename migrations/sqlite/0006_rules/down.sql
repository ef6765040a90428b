DROP TABLE rule_set_comment;
DROP TABLE rule_set_editor;
DROP TABLE rule_set_version;
DROP TABLE rule_set;
