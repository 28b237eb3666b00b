"""The index over an expression that PostgreSQL takes behind row-level security: COALESCE it does not, CASE it does."""

from django.db import migrations

INDEX = """
DROP INDEX search_entry_words;
CREATE INDEX search_entry_words ON platform_search_searchentry
    USING gin ((CASE WHEN whole IS NULL THEN own ELSE whole END)) WITH (gin_pending_list_limit = 1024);
"""


class Migration(migrations.Migration):
    dependencies = [("platform_search", "0001_initial")]

    operations = [migrations.RunSQL(INDEX, migrations.RunSQL.noop)]
