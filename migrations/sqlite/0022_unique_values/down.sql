DROP TABLE unique_value;
