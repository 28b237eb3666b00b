import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("directory", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NamedReader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_table", models.CharField(max_length=63)),
                ("record_id", models.BigIntegerField()),
                ("valid_from", models.DateField(verbose_name="From")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="Until")),
                ("ground", models.CharField(max_length=300, verbose_name="Reason")),
                (
                    "body",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="directory.body",
                        verbose_name="Body",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Person",
                    ),
                ),
            ],
            options={
                "verbose_name": "Named reader",
                "indexes": [models.Index(fields=["record_table", "record_id"], name="records_reader_record")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("body__isnull", True), ("person__isnull", True), _connector="XOR"),
                        name="records_reader_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="records_reader_period",
                    ),
                ],
            },
        ),
    ]
