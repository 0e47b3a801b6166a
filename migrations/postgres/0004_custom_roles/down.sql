DROP TABLE custom_role;
