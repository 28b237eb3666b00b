"""Django's PostgreSQL backend that tells the database in every transaction who asks."""
