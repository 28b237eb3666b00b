"""Coverage: with which partner states, in which formats and subject areas each own region has an agreement in force,
which lapsed, and which it never had (the gaps)."""
