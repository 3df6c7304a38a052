from django import forms
from django.contrib import admin

from member_sync.forms import StaleFormMixin

from .models import Address, ContactInfo, Member


class SyncedForm(StaleFormMixin, forms.ModelForm):
    pass


class ContactInfoInline(admin.StackedInline):
    model = ContactInfo
    form = SyncedForm


class AddressInline(admin.StackedInline):
    model = Address
    form = SyncedForm


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    form = SyncedForm
    inlines = [ContactInfoInline, AddressInline]
    list_display = ["name", "is_active", "updated"]
    list_filter = ["is_active"]
    search_fields = ["name", "ssn"]
