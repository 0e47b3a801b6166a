DROP TABLE departure;
DROP TABLE brake;
