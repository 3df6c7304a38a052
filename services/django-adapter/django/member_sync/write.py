"""Writes one change to a member's rows, through the models' own save() as an edit by staff would be."""
from django.core.exceptions import ValidationError

from . import conf
from .change import Outcome, rejected
from .kennitala import dashed, is_company, normalise
from .mapping import get_mapping
from .wire import Refused, from_wire, refusal_of, to_wire


class Target:
    """A member's rows, locked; `member` is None where there is none."""

    def __init__(self, member=None, related=None):
        self.member = member
        self.related = related or {}

    def row(self, table):
        return self.member if table.kind == "root" else self.related.get(table)

    def values(self):
        """{path: wire value} as the rows stand."""
        mapping = get_mapping()
        rows = {table: self.row(table) for table in mapping.tables}
        return {
            path: to_wire(column, getattr(rows[column.table], column.field.attname) if rows[column.table] else None)
            for path, column in mapping.columns.items()
        }


def write(change, target):
    """Validates all paths, refuses what must be refused, saves the rest; returns the Outcome."""
    is_new = target.member is None
    if is_new and is_company(change.ssn):
        return rejected({conf.KEY_PATH: Refused("invalid", "This kennitala belongs to a company.").as_json()})
    values, errors, warnings = _validated(change, target)
    _refuse_groups(values, errors)
    if is_new:
        missing = _missing(values)
        if missing:
            required = {path: Refused("required", "This field is required.").as_json() for path in missing}
            return rejected(dict(required, **errors))
    if errors and not values:
        return rejected(errors)
    _save(change, target, values)
    return Outcome("success", updated=values, errors=errors, warnings=warnings)


def _validated(change, target):
    mapping = get_mapping()
    values, errors, warnings = {}, {}, {}
    for path, given in change.values.items():
        if path == conf.KEY_PATH and normalise(given) == change.ssn:
            continue
        column = mapping.columns.get(path)
        try:
            if path == conf.KEY_PATH or (column is None and path == conf.STATUS_PATH):
                raise Refused("not_supported", "This cannot be changed here.")
            if column is None:
                raise Refused("unmapped", "This path is not mapped to a field.")
            row = target.row(column.table) or column.table.model()
            value, warning = from_wire(column, given, row)
            _look_for_twin(column.field, value, row)
            values[path] = value
            if warning:
                warnings[path] = {"code": warning, "message": "Not one of the field's choices; kept as it is."}
        except Refused as refused:
            errors[path] = refused.as_json()
    return values, errors, warnings


def _look_for_twin(field, value, row):
    """Looks before it writes: PostgreSQL logs a failing statement with its values."""
    if value is None or not field.unique:
        return
    twins = type(row)._base_manager.using(get_mapping().alias).filter(**{field.name: value})
    if twins.exclude(pk=row.pk).exists():
        raise refusal_of(ValidationError([row.unique_error_message(type(row), (field.name,))]), value)


def _refuse_groups(values, errors):
    """The paths of one group stand or fall together."""
    for refused in list(errors):
        for path in conf.group_of(refused):
            if path in values:
                del values[path]
                errors[path] = {"code": errors[refused]["code"], "message": "Refused together with %s." % refused}


def _missing(values):
    given = conf.get("CREATE_DEFAULTS")
    return [
        column.path for column in get_mapping().root.columns
        if not (column.field.blank or column.field.null or column.field.has_default())
        and column.path not in values and column.field.name not in given
    ]


def _save(change, target, values):
    mapping = get_mapping()
    is_new = target.member is None
    if is_new:
        target.member = mapping.model(**{
            name: value() if callable(value) else value for name, value in conf.get("CREATE_DEFAULTS").items()})
        setattr(target.member, mapping.key.attname, dashed(change.ssn) if conf.get("DASH") else change.ssn)
    by_table = {}
    for path, value in values.items():
        column = mapping.columns[path]
        by_table.setdefault(column.table, {})[column.field.attname] = value
    root_changed = _assign(target.member, by_table.get(mapping.root, {}))
    for table in (t for t in mapping.tables if t.kind == "forward" and t in by_table):
        row = _row_for(table, target, by_table[table])
        if row is not None and target.related.get(table) is None:
            setattr(target.member, table.relation.name, row)
            target.related[table] = row
            root_changed = True
    _store(target.member, is_new, root_changed)
    for table in (t for t in mapping.tables if t.kind == "reverse" and t in by_table):
        target.related[table] = _row_for(table, target, by_table[table])


def _row_for(table, target, values):
    """The saved row of a related table; none is made to hold nothing but blanks."""
    row = target.related.get(table)
    if row is None:
        if all(value in (None, "") for value in values.values()):
            return None
        row = table.model()
        if table.kind == "reverse":
            setattr(row, table.relation.field.name, target.member)
    is_new = row.pk is None or row._state.adding
    _store(row, is_new, _assign(row, values))
    return row


def _assign(row, values):
    changed = False
    for name, value in values.items():
        changed = changed or getattr(row, name) != value
        setattr(row, name, value)
    return changed


def _store(row, is_new, is_changed):
    """Every column is saved: the row was read under lock, so none of another's edits can be undone by it, and what
    the host's own save() works out is kept."""
    if is_new:
        row.save(force_insert=True, using=get_mapping().alias)
    elif is_changed:
        row.save(force_update=True, using=get_mapping().alias)
