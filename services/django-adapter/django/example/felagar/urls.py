from django.urls import re_path

from . import views

urlpatterns = [
    re_path(r"^api/members/?$", views.members, name="members"),
    re_path(r"^api/members/bulk/?$", views.bulk, name="members-bulk"),
    re_path(r"^api/members/(?P<ssn>[^/]+)/?$", views.member, name="member"),
]
