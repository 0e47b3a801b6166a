DROP TABLE role_version;
DROP TABLE rule_version;
