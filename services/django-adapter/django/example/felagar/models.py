from django.db import models


class Member(models.Model):
    GENDERS = ((0, "Karl"), (1, "Kona"), (2, "Kynsegin"))

    ssn = models.CharField("kennitala", max_length=11, unique=True)
    name = models.CharField("nafn", max_length=250)
    birthday = models.DateField("fæðingardagur", null=True, blank=True)
    gender = models.SmallIntegerField("kyn", null=True, blank=True, choices=GENDERS)
    is_active = models.BooleanField("virkur", default=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "félagi"
        verbose_name_plural = "félagar"

    def __str__(self):
        return self.name


class ContactInfo(models.Model):
    member = models.OneToOneField(Member, models.CASCADE, related_name="contact_info")
    phone = models.CharField("sími", max_length=50, blank=True)
    email = models.EmailField("netfang", max_length=254, null=True, blank=True)
    facebook = models.CharField(max_length=250, blank=True)

    class Meta:
        verbose_name = "samskipti"
        verbose_name_plural = "samskipti"

    def __str__(self):
        return "samskipti %s" % self.pk


class Address(models.Model):
    member = models.OneToOneField(Member, models.CASCADE, related_name="address")
    street = models.CharField("gata", max_length=250, blank=True)
    postal_code = models.CharField("póstnúmer", max_length=20, blank=True)
    city = models.CharField("staður", max_length=100, blank=True)

    class Meta:
        verbose_name = "heimilisfang"
        verbose_name_plural = "heimilisföng"

    def __str__(self):
        return "heimilisfang %s" % self.pk
