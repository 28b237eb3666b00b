import django.contrib.postgres.fields.ranges
from django.db import migrations, models
from psycopg.types.range import DateRange

import foedera.platform.records.fields


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="territory",
            name="code",
            field=models.CharField(max_length=40, unique=True, verbose_name="Code"),
        ),
        migrations.AddField(
            model_name="post",
            name="valid_from",
            field=foedera.platform.records.fields.PartialDateField(verbose_name="From"),
        ),
        migrations.AddField(
            model_name="post",
            name="valid_until",
            field=foedera.platform.records.fields.PartialDateField(verbose_name="Until"),
        ),
        migrations.AddField(
            model_name="post",
            name="during",
            field=django.contrib.postgres.fields.ranges.DateRangeField(
                default=DateRange(None, None, "[)"), editable=False
            ),
            preserve_default=False,
        ),
    ]
