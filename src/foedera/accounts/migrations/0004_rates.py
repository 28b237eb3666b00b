from django.db import migrations

# The table of Django's cache in the database, which holds the counted rates of sign-ins and nothing else.
MAKE = """
CREATE TABLE accounts_rates (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX accounts_rates_expires ON accounts_rates (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_access_log")]
    operations = [migrations.RunSQL(MAKE, "DROP TABLE accounts_rates")]
