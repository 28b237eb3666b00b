"""Background and periodic work, kept in the database: a job is enqueued in the transaction that wants it."""
