DROP TABLE variable;
