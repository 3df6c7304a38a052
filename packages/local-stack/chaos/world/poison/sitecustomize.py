"""What a host project's own code may do to a save. Python finds it when this folder is on PYTHONPATH."""
import os

from django.db import OperationalError
from django.db.models.signals import pre_save


def refuse(sender, instance, **_):
    name = getattr(instance, "name", None)
    if name not in ("Eitur", "Læst") or not os.path.exists(os.environ["POISON_WHILE"]):
        return
    if name == "Eitur":
        raise RuntimeError("this member always throws")
    raise OperationalError("this row is always locked")


pre_save.connect(refuse, weak=False)
