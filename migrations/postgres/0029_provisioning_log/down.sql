DROP TABLE pushed_request;
DROP TABLE pushed_change;
