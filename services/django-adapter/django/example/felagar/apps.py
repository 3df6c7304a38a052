from django.apps import AppConfig


class FelagarConfig(AppConfig):
    name = "felagar"
    verbose_name = "Félagar"
    default_auto_field = "django.db.models.AutoField"
