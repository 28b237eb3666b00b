"""The table of entries has a key of two columns and an index over an expression, so its SQL is written by hand."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

ENTRIES = """
CREATE TABLE platform_search_searchentry (
    record_id bigint NOT NULL,
    record_type varchar(40) NOT NULL,
    number varchar(24) NOT NULL,
    title text NOT NULL,
    owner_id bigint,
    publicity varchar(16) NOT NULL,
    public_from date,
    own_ids bigint[] NOT NULL DEFAULT '{}',
    partner_ids bigint[] NOT NULL DEFAULT '{}',
    state varchar(40) NOT NULL DEFAULT '',
    year smallint,
    own tsvector NOT NULL,
    whole tsvector,
    PRIMARY KEY (record_id, record_type)
);
CREATE INDEX search_entry_words ON platform_search_searchentry
    USING gin (coalesce(whole, own)) WITH (gin_pending_list_limit = 1024);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.FOEDERA_BODY_MODEL)]

    operations = [
        TrigramExtension(),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ENTRIES, "DROP TABLE platform_search_searchentry")],
            state_operations=[
                migrations.CreateModel(
                    name="SearchEntry",
                    fields=[
                        ("record_id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("record_type", models.CharField(max_length=40)),
                        ("number", models.CharField(max_length=24)),
                        ("title", models.TextField()),
                        ("publicity", models.CharField(max_length=16)),
                        ("public_from", models.DateField(null=True)),
                        (
                            "own_ids",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), default=list, size=None
                            ),
                        ),
                        (
                            "partner_ids",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), default=list, size=None
                            ),
                        ),
                        ("state", models.CharField(default="", max_length=40)),
                        ("year", models.SmallIntegerField(null=True)),
                        ("own", django.contrib.postgres.search.SearchVectorField()),
                        ("whole", django.contrib.postgres.search.SearchVectorField(null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.FOEDERA_BODY_MODEL,
                            ),
                        ),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=40)),
                ("folded", models.CharField(db_collation="C", max_length=80)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["word"], name="search_word_word"),
                    models.Index(fields=["folded"], name="search_word_plain"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["folded"], name="search_word_folded", opclasses=["gin_trgm_ops"]
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IndexedType",
            fields=[
                ("record_type", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
    ]
