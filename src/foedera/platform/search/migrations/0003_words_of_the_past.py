"""Since when an entry holds its words, and the words that fields held before; filled after the migration, from the old rows."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("platform_search", "0002_index_behind_fences")]

    operations = [
        migrations.AddField(
            model_name="searchentry",
            name="known_from",
            field=models.DateTimeField(default=None, db_default=Now()),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="PastEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_id", models.BigIntegerField()),
                ("record_type", models.CharField(max_length=40)),
                ("known_from", models.DateTimeField()),
                ("known_until", models.DateTimeField()),
                ("own", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["record_id", "record_type"], name="search_past_record"),
                    django.contrib.postgres.indexes.GinIndex(fields=["own"], name="search_past_words"),
                ],
            },
        ),
    ]
