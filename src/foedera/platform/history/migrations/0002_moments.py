"""Entries bear the moment of their action."""

from django.db import migrations, models

import foedera.platform.history.models

NOW = """
CREATE OR REPLACE FUNCTION foedera_now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('foedera.at', true), '')::timestamptz, now()) $$;
"""


class Migration(migrations.Migration):
    dependencies = [("platform_history", "0001_initial")]

    operations = [
        migrations.RunSQL(NOW, migrations.RunSQL.noop),
        migrations.AlterField(
            "performedaction", "at", models.DateTimeField(db_default=foedera.platform.history.models.Moment())
        ),
        migrations.AlterField("entry", "at", models.DateTimeField(db_default=foedera.platform.history.models.Moment())),
        migrations.AddIndex(
            "entry",
            models.Index(fields=["table_name", "row_id"], name="history_deleted", condition=models.Q(operation="D")),
        ),
    ]
