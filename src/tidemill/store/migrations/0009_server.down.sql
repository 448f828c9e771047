DROP TABLE service_lease;
DROP TABLE request_answer;
