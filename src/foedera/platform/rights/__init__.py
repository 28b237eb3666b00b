"""Who may take which step on a record: the answer of its policy, on its page and over the API."""
