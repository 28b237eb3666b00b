"""Indexes that cost every new row and serve nobody: of keys that are mostly empty only those that are there are kept, and the copies
for LIKE that Django makes of unique texts go, for numbers and keys in a source are looked up whole."""

import django.db.models.deletion
from django.db import migrations, models

COPIES = {
    "agreements_agreement_number_d21ccce2_like": "number",
    "agreements_agreement_source_key_2c9537a2_like": "source_key",
}


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0002_no_circles"),
        ("directory", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="agreement",
            name="framework",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="under_it",
                to="agreements.agreement",
                verbose_name="Framework agreement",
            ),
        ),
        migrations.AlterField(
            model_name="party",
            name="body",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.body",
                verbose_name="Body",
            ),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("framework__isnull", False)), fields=["framework"], name="agreements_framework"
            ),
        ),
        migrations.AddIndex(
            model_name="party",
            index=models.Index(
                condition=models.Q(("body__isnull", False)), fields=["body"], name="agreements_party_body"
            ),
        ),
        *(
            migrations.RunSQL(
                f'DROP INDEX IF EXISTS "{name}"',
                f'CREATE INDEX "{name}" ON agreements_agreement ("{column}" varchar_pattern_ops)',
            )
            for name, column in COPIES.items()
        ),
    ]
