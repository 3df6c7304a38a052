from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("felagar/admin/", admin.site.urls),
    path("felagar/", include("member_sync.urls")),
    path("felagar/", include("felagar.urls")),
]
