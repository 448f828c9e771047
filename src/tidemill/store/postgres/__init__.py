"""The store in a PostgreSQL database. psycopg is imported nowhere else."""
