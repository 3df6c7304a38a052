from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("member_sync", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MemberSyncLineage",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("lineage", models.CharField(max_length=64)),
                ("since", models.DateTimeField()),
            ],
            options={
                "db_table": "member_sync_lineage",
            },
        ),
    ]
