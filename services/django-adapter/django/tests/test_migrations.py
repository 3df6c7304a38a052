"""The host migrates with our triggers installed."""
import io

from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor

from felagar.models import Member
from member_sync.capture import triggers

from .base import SSN, SyncTestCase, make_member, sql


def states():
    return set(triggers.status().values())


class HostMigrations(SyncTestCase):
    def migrate(self, *operations, **options):
        """Runs operations on the app as migrate does: its signals, one transaction per migration."""
        migration = migrations.Migration("9999_test", "felagar")
        migration.operations = list(operations)
        plan = [(migration, False)]
        state = options.get("state") or MigrationExecutor(connection).loader.project_state()
        emit_pre_migrate_signal(0, False, "default", plan=plan)
        with connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
        emit_post_migrate_signal(0, False, "default", plan=plan)
        return state

    def test_tables_are_rebuilt_and_capture_goes_on(self):
        make_member()
        self.drain()
        column = models.CharField(max_length=10, null=True)
        state = self.migrate(
            migrations.AddField("member", "nickname", column), migrations.AddField("contactinfo", "fax", column),
            migrations.AlterField("member", "name", models.CharField(max_length=300)))
        self.assertEqual(states(), {"installed"})
        self.none()
        Member.objects.update(name="Eftir")
        self.assertEqual(self.one()["fields_changed"], {"name": "Eftir"})
        self.migrate(
            migrations.RemoveField("member", "nickname"), migrations.RemoveField("contactinfo", "fax"),
            migrations.AlterField("member", "name", models.CharField(max_length=250)), state=state)
        self.assertEqual(states(), {"installed"})

    def test_a_table_is_renamed_and_back(self):
        make_member()
        self.drain()
        self.migrate(migrations.AlterModelTable("address", "felagar_heimili"),
                     migrations.AlterModelTable("address", "felagar_address"))
        sql("UPDATE felagar_address SET city = 'Vík'")
        self.assertEqual(self.one()["fields_changed"], {"city": "Vík"})

    def test_what_a_data_migration_does_is_captured(self):
        first, second = make_member(), make_member(ssn="0202303069")
        third = make_member(ssn="0303303079")
        self.drain()

        def edit(apps, editor):
            members = apps.get_model("felagar", "Member").objects
            members.filter(pk=first.pk).update(name="Flutt")
            apps.get_model("felagar", "Address").objects.filter(member_id=first.pk).update(city="Vík")
            apps.get_model("felagar", "Address").objects.filter(member_id=second.pk).delete()
            apps.get_model("felagar", "ContactInfo").objects.filter(member_id=second.pk).delete()
            members.filter(pk=second.pk).delete()
            members.filter(pk=third.pk).update(ssn="0404303089")
            members.create(ssn="0505303099", name="Ný")

        self.migrate(migrations.RunPython(edit))
        rows = {row["ssn"]: row for row in self.drain()}
        self.assertEqual(rows[SSN]["fields_changed"], {"name": "Flutt", "city": "Vík"})
        self.assertEqual(rows["0202303069"]["life"], "missing")
        self.assertEqual(rows["0404303089"]["previous_ssn"], "0303303079")
        self.assertEqual(rows["0505303099"]["action"], "create")
        self.assertEqual(len(rows), 4)

    def test_a_plan_without_migrations_touches_nothing(self):
        call_command("migrate", verbosity=0)
        self.assertEqual(states(), {"installed"})

    def test_the_app_is_taken_out_and_put_back(self):
        make_member()
        call_command("migrate", "member_sync", "zero", verbosity=0)
        try:
            self.assertEqual(states(), {"missing"})
            Member.objects.update(name="án")
        finally:
            call_command("migrate", "member_sync", verbosity=0)
        self.assertEqual(states(), {"installed"})
        call_command("member_sync_backfill", stdout=io.StringIO())
        self.assertEqual(self.one()["record"]["profile"]["name"], "án")

    def test_no_migration_is_missing(self):
        call_command("makemigrations", "member_sync", "felagar", check=True, dry_run=True, verbosity=0)
