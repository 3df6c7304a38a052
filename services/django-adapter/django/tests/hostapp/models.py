"""A host unlike the example: a foreign key to a shared home, a status of letters, a unique e-mail, a save() of its own."""
from django.db import models


class Home(models.Model):
    street = models.CharField(max_length=60, blank=True)
    town = models.CharField(max_length=60, blank=True)


class Person(models.Model):
    kt = models.CharField(max_length=11, unique=True)
    full_name = models.CharField(max_length=20)
    mail = models.EmailField(unique=True, null=True, blank=True)
    state = models.CharField(max_length=1, default="A")
    fee = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    home = models.ForeignKey(Home, models.SET_NULL, null=True, blank=True)

    def save(self, *args, **kwargs):
        if self.mail:
            self.mail = self.mail.lower()
        if self.full_name == "Bannað":
            raise ValueError("a rule of the host")
        super().save(*args, **kwargs)


MEMBER_SYNC = {
    "MODEL": "hostapp.Person",
    "KEY": "kt",
    "FIELDS": {
        "profile.name": "full_name",
        "profile.email": "mail",
        "profile.fee": "fee",
        "address.street": "home__street",
        "address.city": "home__town",
        "membership.status": "state",
    },
    "STATUS": {"active": ["A", "H"], "inactive": "X"},
    "TOKENS": ["first-token"],
    "DASH": True,
}
