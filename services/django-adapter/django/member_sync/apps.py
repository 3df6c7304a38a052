from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class MemberSyncConfig(AppConfig):
    name = "member_sync"
    verbose_name = "Member sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks  # noqa: F401 (registers itself)
        from . import conf, lineage
        from .capture import session, signals, triggers
        from .mapping import get_mapping

        if not conf.get("MODEL"):
            return
        # A wrong map stops the start with its reason, rather than the first save.
        get_mapping()
        connection_created.connect(session.on_connection_created, dispatch_uid="member_sync")
        pre_migrate.connect(triggers.before_migrate, sender=self, dispatch_uid="member_sync")
        post_migrate.connect(triggers.after_migrate, sender=self, dispatch_uid="member_sync")
        post_migrate.connect(lineage.after_migrate, sender=self, dispatch_uid="member_sync_lineage")
        signals.connect()
