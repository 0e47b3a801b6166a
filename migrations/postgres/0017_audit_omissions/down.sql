DROP TABLE audit_omission;
