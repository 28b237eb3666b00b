import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platform_lists", "0002_views"),
    ]

    operations = [
        migrations.AlterField(
            model_name="savedview",
            name="body_id",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="Body"),
        ),
        migrations.AlterField(
            model_name="savedview",
            name="person_id",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="Made by"),
        ),
        migrations.CreateModel(
            name="ExportSchedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                ("kind", models.CharField(max_length=40, verbose_name="List")),
                ("query", models.TextField(blank=True, default="", max_length=8000, verbose_name="View")),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("jsonl", "JSON Lines")],
                        max_length=5,
                        verbose_name="Format",
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("daily", "Every day"), ("weekly", "Every week"), ("monthly", "Every month")],
                        max_length=7,
                        verbose_name="Repeated how often",
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Monday"),
                            (2, "Tuesday"),
                            (3, "Wednesday"),
                            (4, "Thursday"),
                            (5, "Friday"),
                            (6, "Saturday"),
                            (7, "Sunday"),
                        ],
                        default=1,
                        verbose_name="On which day of the week",
                    ),
                ),
                ("day", models.PositiveSmallIntegerField(default=1, verbose_name="On which day of the month")),
                ("hour", models.PositiveSmallIntegerField(default=6, verbose_name="At which hour")),
                ("person_id", models.BigIntegerField(verbose_name="Person")),
                ("duty_id", models.BigIntegerField(verbose_name="Role")),
                ("language", models.CharField(max_length=8, verbose_name="Language")),
                ("active", models.BooleanField(default=True, verbose_name="Goes on")),
                ("stopped_because", models.TextField(blank=True, default="", verbose_name="Stopped because")),
                ("next_at", models.DateTimeField(verbose_name="Next time")),
                ("last_at", models.DateTimeField(blank=True, null=True, verbose_name="Last time")),
                ("version", models.PositiveIntegerField(db_default=1, default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("active", True)), fields=["next_at"], name="platform_lists_schedule_due"
                    ),
                    models.Index(fields=["person_id"], name="platform_lists_schedule_person"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day__gte", 1),
                            ("day__lte", 31),
                            ("hour__lte", 23),
                            ("rhythm__in", ["daily", "weekly", "monthly"]),
                            ("weekday__gte", 1),
                            ("weekday__lte", 7),
                        ),
                        name="platform_lists_schedule_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["csv", "xlsx", "jsonl"])),
                        name="platform_lists_schedule_format",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="List")),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                ("query", models.TextField(blank=True, default="", max_length=8000, verbose_name="View")),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("jsonl", "JSON Lines")],
                        max_length=5,
                        verbose_name="Format",
                    ),
                ),
                ("as_of", models.DateField(null=True, verbose_name="As of")),
                ("known_at", models.DateTimeField(null=True, verbose_name="As known at")),
                ("person_id", models.BigIntegerField(verbose_name="Person")),
                ("duty_id", models.BigIntegerField(verbose_name="Role")),
                ("language", models.CharField(max_length=8, verbose_name="Language")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("expired", "No longer kept"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="State",
                    ),
                ),
                ("file_key", models.UUIDField(unique=True)),
                ("size", models.BigIntegerField(null=True, verbose_name="Size")),
                ("rows_total", models.IntegerField(null=True)),
                ("rows_done", models.IntegerField(default=0)),
                ("left_out", models.JSONField(default=list)),
                ("error", models.TextField(blank=True, default="", verbose_name="What went wrong")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("kept_until", models.DateTimeField(null=True, verbose_name="Kept until")),
                (
                    "schedule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="runs",
                        to="platform_lists.exportschedule",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person_id", "-id"], name="platform_lists_export_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "running", "done", "failed", "expired"])),
                        name="platform_lists_export_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["csv", "xlsx", "jsonl"])),
                        name="platform_lists_export_format",
                    ),
                ],
            },
        ),
    ]
