"""Resolves MEMBER_SYNC["FIELDS"] to the tables and columns it means. Built once, rebuilt when settings change."""
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.core.signals import setting_changed
from django.db import router

from . import conf


class Column:
    """One mapped path: canonical name, seed's short name, model field, and the table that holds it."""

    def __init__(self, path, short, field, table, lookup):
        self.path = path
        self.short = short
        self.field = field
        self.table = table
        self.lookup = lookup
        self.is_status = path == conf.STATUS_PATH


class Table:
    """A model with mapped columns.

    kind "root" is the member itself; "reverse" has a one-to-one to it; "forward" is pointed at by it.
    """

    def __init__(self, kind, model, accessor="", relation=None):
        self.kind = kind
        self.model = model
        self.accessor = accessor
        self.relation = relation
        self.columns = []

    @property
    def name(self):
        return self.model._meta.db_table


class Mapping:
    def __init__(self):
        label = conf.get("MODEL")
        if not label:
            raise ImproperlyConfigured("MEMBER_SYNC['MODEL'] is not set.")
        self.model = apps.get_model(label)._meta.concrete_model
        self.key = self.model._meta.get_field(conf.get("KEY"))
        self.root = Table("root", self.model)
        self.tables = [self.root]
        self.columns = {}
        for path, orm_path in conf.get("FIELDS").items():
            if path != conf.KEY_PATH:
                self._add(path, orm_path)
        self.status = self.columns.get(conf.STATUS_PATH)
        self.by_short = {column.short: column for column in self.columns.values()}

    def _add(self, path, orm_path):
        if "." not in path:
            raise ImproperlyConfigured("The path %r needs a part before and after a dot." % path)
        *hops, name = orm_path.replace("__", ".").split(".")
        if len(hops) > 1:
            raise ImproperlyConfigured("%s: %s goes over more than one relation." % (path, orm_path))
        table = self._table(hops[0], path) if hops else self.root
        try:
            field = table.model._meta.get_field(name)
        except FieldDoesNotExist:
            raise ImproperlyConfigured("%s: %s has no field %s." % (path, table.model._meta.label, name))
        if not field.concrete or field.is_relation or field.model._meta.concrete_model is not table.model:
            raise ImproperlyConfigured("%s: %s is not a column of %s's own table." % (path, name, table.model._meta.label))
        short = path.rsplit(".", 1)[-1]
        if any(column.short == short for column in self.columns.values()):
            short = path
        column = Column(path, short, field, table, "__".join(hops + [name]))
        table.columns.append(column)
        self.columns[path] = column

    def _table(self, hop, path):
        for table in self.tables[1:]:
            if table.relation.name == hop:
                return table
        try:
            relation = self.model._meta.get_field(hop)
        except FieldDoesNotExist:
            raise ImproperlyConfigured("%s: %s has no relation %s." % (path, self.model._meta.label, hop))
        if relation.auto_created and relation.one_to_one and not relation.concrete:
            table = Table("reverse", relation.related_model, relation.get_accessor_name(), relation)
        elif relation.concrete and (relation.many_to_one or relation.one_to_one):
            table = Table("forward", relation.related_model, relation.name, relation)
        else:
            raise ImproperlyConfigured("%s: %s is neither one-to-one nor a foreign key of the member." % (path, hop))
        self.tables.append(table)
        return table

    @property
    def alias(self):
        """The database that members are written to; outbox and state live in the same one."""
        return router.db_for_write(self.model)


_built = None


def get_mapping():
    global _built
    if _built is None:
        _built = Mapping()
    return _built


def forget_mapping(setting=None, **kwargs):
    global _built
    if setting in (None, "MEMBER_SYNC"):
        _built = None


setting_changed.connect(forget_mapping)
