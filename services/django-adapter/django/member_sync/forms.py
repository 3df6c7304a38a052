"""A form that was open while a sync landed would save the old values again. This mixin keeps that from happening."""
from django.db import connections, router
from django.forms import ChoiceField
from django.forms.models import ModelChoiceField

CHANGED_MEANWHILE = "This was changed to another value while the form was open. Look at it again before you save."


class StaleFormMixin:
    """For ModelForms, in the admin and its inlines too.

    Each field carries the value that was shown. A field the user did not touch keeps what the database holds now;
    one that both the user and someone else changed is refused.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._kept = set()
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean(self):
        cleaned = super().clean()
        cleaned = self.cleaned_data if cleaned is None else cleaned
        fresh = self._fresh_instance() if self.instance.pk else None
        if fresh is None:
            return cleaned
        for field in fresh._meta.concrete_fields:
            setattr(self.instance, field.attname, getattr(fresh, field.attname))
        own = {field.name for field in fresh._meta.concrete_fields}
        for name in own & set(cleaned):
            self._settle(name, fresh, cleaned)
        return cleaned

    def _settle(self, name, fresh, cleaned):
        field, key = self.fields[name], self.add_initial_prefix(name)
        if key not in self.data:  # posted by something else than this form
            return
        raw = field.hidden_widget().value_from_datadict(self.data, self.files, key)
        shown = _plain(field, raw)
        typed = _plain(field, field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))
        now = _plain(field, field.prepare_value(getattr(fresh, fresh._meta.get_field(name).attname)))
        if typed == shown or (typed is None and _cannot_be_shown(field, raw)):
            cleaned[name] = getattr(fresh, name)
            self._kept.add(name)
        elif now not in (shown, typed):
            self.add_error(name, CHANGED_MEANWHILE)

    def _get_validation_exclusions(self):
        """What was kept is in the database already; it need not be to the form's liking."""
        exclude = super()._get_validation_exclusions()
        return type(exclude)(list(exclude) + sorted(self._kept))

    def _fresh_instance(self):
        """The row as it is now, locked until it is saved where that can be."""
        model = type(self.instance)
        alias = router.db_for_write(model, instance=self.instance)
        rows = model._base_manager.using(alias)
        if connections[alias].in_atomic_block:
            rows = rows.select_for_update()
        return rows.filter(pk=self.instance.pk).first()


def _plain(field, value):
    """A value in the form's terms, comparable; blank is None."""
    if isinstance(field, ModelChoiceField):
        value = None if value in field.empty_values else str(value)
    else:
        value = field.to_python(value)
    return None if value in field.empty_values else value


def _cannot_be_shown(field, raw):
    """A stored value outside the choices: the browser sends a blank for it, which nobody chose."""
    return (isinstance(field, ChoiceField) and not isinstance(field, ModelChoiceField)
            and raw not in field.empty_values and not field.valid_value(raw))
