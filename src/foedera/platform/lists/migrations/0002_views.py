import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platform_lists", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="List")),
                ("name", models.CharField(max_length=80, verbose_name="Name")),
                ("query", models.TextField(blank=True, default="", max_length=8000, verbose_name="View")),
                (
                    "audience",
                    models.CharField(
                        choices=[("mine", "Only me"), ("body", "My body"), ("everyone", "Everyone who signs in")],
                        default="mine",
                        max_length=8,
                        verbose_name="For whom",
                    ),
                ),
                ("person_id", models.BigIntegerField(null=True, verbose_name="Made by")),
                ("body_id", models.BigIntegerField(null=True, verbose_name="Body")),
                ("version", models.PositiveIntegerField(db_default=1, default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [models.Index(fields=["kind"], name="platform_lists_view_kind")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("audience", "mine"), ("person_id__isnull", False)),
                            models.Q(("audience", "body"), ("body_id__isnull", False)),
                            ("audience", "everyone"),
                            _connector="OR",
                        ),
                        name="platform_lists_view_audience",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("audience", "mine")),
                        fields=("kind", "name", "person_id"),
                        name="platform_lists_view_mine",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("audience", "body")),
                        fields=("kind", "name", "body_id"),
                        name="platform_lists_view_body",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("audience", "everyone")),
                        fields=("kind", "name"),
                        name="platform_lists_view_everyone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FirstView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="List")),
                ("person_id", models.BigIntegerField(null=True, verbose_name="Person")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("administrator", "Administrator"),
                            ("coordinator", "Coordinator at the centre"),
                            ("legal", "Legal department"),
                            ("desk", "Desk of the ministry"),
                            ("office_head", "Head of a regional office"),
                            ("office_officer", "Officer of a regional office"),
                            ("region", "Regional government"),
                            ("agency", "Regional agency"),
                            ("municipality", "Municipality"),
                            ("mission", "Mission abroad"),
                            ("inspector", "Inspector"),
                            ("auditor", "Auditor"),
                            ("public", "Public"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="Role",
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="first_for",
                        to="platform_lists.savedview",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("person_id__isnull", True),
                                (
                                    "role__in",
                                    [
                                        "administrator",
                                        "coordinator",
                                        "legal",
                                        "desk",
                                        "office_head",
                                        "office_officer",
                                        "region",
                                        "agency",
                                        "municipality",
                                        "mission",
                                        "inspector",
                                        "auditor",
                                        "public",
                                    ],
                                ),
                            ),
                            models.Q(("person_id__isnull", False), ("role", "")),
                            _connector="OR",
                        ),
                        name="platform_lists_first_view_whose",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("person_id__isnull", False)),
                        fields=("kind", "person_id"),
                        name="platform_lists_first_view_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("role", ""), _negated=True),
                        fields=("kind", "role"),
                        name="platform_lists_first_view_role",
                    ),
                ],
            },
        ),
    ]
