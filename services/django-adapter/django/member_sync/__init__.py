"""Two-way member sync: the Django side. See README.md beside this package."""
import django

__version__ = "1.0.0"

if django.VERSION < (3, 2):
    default_app_config = "member_sync.apps.MemberSyncConfig"
