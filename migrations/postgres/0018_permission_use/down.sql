DROP TABLE permission_use;
