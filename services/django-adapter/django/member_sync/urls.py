"""Mount with `path("<mount>/", include("member_sync.urls"))`.

The closing slash is optional: a redirect to add it would lose the Authorization header.
"""
from django.urls import re_path

from . import views

app_name = "member_sync"
urlpatterns = [
    re_path(r"^api/sync/changes/?$", views.changes, name="changes"),
    re_path(r"^api/sync/apply/?$", views.apply_changes, name="apply"),
    re_path(r"^api/sync/mark-synced/?$", views.mark_synced, name="mark-synced"),
    re_path(r"^api/sync/status/?$", views.status, name="status"),
    re_path(r"^api/sync/digest/?$", views.digest, name="digest"),
    re_path(r"^api/sync/members/?$", views.member_pages, name="members"),
    re_path(r"^api/sync/members/read/?$", views.members_read, name="members-read"),
    re_path(r"^api/sync/member/(?P<ssn>[^/]+)/?$", views.member, name="member"),
]
