"""What is wanted of an object: its fields, how each is found out, and how what is found becomes part of the answer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLUnionType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_nullable_type,
    is_non_null_type,
    located_error,
)
from graphql.execution.execute import invalid_return_type_error
from graphql.pyutils import Path, is_iterable
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from rows import pages
from rows.building import Part
from rows.tables import Table
from schema.compiled.columns import Column, Columns
from schema.compiled.resolving import Resolve, model_of
from schema.compiled.tables import Plan, Related, Value, in_column, related_part
from schema.context import Info, InfoOfAll
from schema.deadline import hold

Place = tuple[Any, str | int, str | None] | None
"""Where in the answer something stands: as graphql-core's Path, which is made of it when somebody wants to know."""

CONSTANT = str | int | bool | None  # what no resolver can change

Complete = Callable[["Run", Any, Place], Any]
"""From what was found to what is answered (GraphQL, 6.4.3)."""


class Run:
    """What is found out once for each run of an operation: each field's info and arguments."""

    __slots__ = ("_arguments", "_infos", "context", "written")

    def __init__(self, context: ExecutionContext) -> None:
        self.context = context
        self.written: dict[tuple[int, int], tuple[Any, Any]] = {}
        """Objects that are all columns, and what was answered for them: a sender is the same for many messages."""
        self._arguments: dict[Field, dict[str, Any]] = {}
        self._infos: dict[Field, Info] = {}

    def arguments(self, field: "Field") -> dict[str, Any]:
        """Raises GraphQLError for those that do not fit."""
        if field.constants is not None:
            return field.constants
        if field not in self._arguments:
            assert field.strawberry is not None, "`__typename` has no arguments"
            given = get_argument_values(field.definition, field.nodes[0], self.context.variable_values)
            converter = self.context.schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]
            found = convert_arguments(given, field.strawberry.arguments, converter.scalar_registry, converter.config)
            self._arguments[field] = found
            if field.has_constants and all(isinstance(value, CONSTANT) for value in found.values()):
                field.constants = found
        return self._arguments[field]

    def info(self, field: "Field") -> Info:
        """Without a path: it is the same for all objects of which the field is asked."""
        if field not in self._infos:
            raw_info: Any = self.raw_info(field, None)
            self._infos[field] = InfoOfAll(raw_info, field.strawberry, field.columns_of_nodes)  # type: ignore[arg-type]
        return self._infos[field]

    def raw_info(self, field: "Field", place: Place) -> GraphQLResolveInfo:
        path: Any = path_of(place)
        return self.context.build_resolve_info(field.definition, field.nodes, field.parent, path)


class Field:
    """One name in the answer for an object."""

    complete: Complete
    objects: "Objects | None" = None
    """Where it leads to one object."""
    entries: "Objects | None" = None
    """Where it leads to a list of them."""
    constants: dict[str, Any] | None = None
    """Its arguments, once it is known that they are the same for all runs."""
    columns_of_nodes: frozenset[str] | None = None
    """Where it leads to a connection: what is wanted of its nodes, if that is columns alone."""

    def __init__(
        self,
        name: str,
        nodes: list[FieldNode],
        parent: GraphQLObjectType,
        definition: GraphQLField,
        strawberry: StrawberryField | None,
        resolve: Resolve,
    ) -> None:
        self.name, self.nodes, self.parent = name, nodes, parent
        self.definition, self.strawberry, self.resolve = definition, strawberry, resolve
        self._has_arguments = bool(definition.args)
        self.has_constants = all(is_plain_constant(one.value) for one in nodes[0].arguments)
        self._is_required = is_non_null_type(definition.type)
        metadata = strawberry.metadata if strawberry else {}
        self.related: str | None = metadata.get("related")
        self._loaded: tuple[Any, Callable[..., Any]] | None = metadata.get("loaded")

    @property
    def is_at_once(self) -> bool:
        """Whether what belongs to the rows of a list may be found for all of them."""
        return self.objects is not None and (self.related is not None or self._loaded is not None)

    def execute(self, run: Run, source: Any, place: Place) -> Any:
        """The value for the answer, for an object that stands at `place`. Raises GraphQLError where null may not be."""
        here = (place, self.name, self.parent.name)
        try:
            info = run._infos.get(self) or run.info(self)
            if self._has_arguments:
                return self.complete(run, self.resolve(source, info, **run.arguments(self)), here)
            return self.complete(run, self.resolve(source, info), here)
        except Exception as error:
            return self.fail(run, error, here, is_required=self._is_required)

    def answer_related(
        self, run: Run, sources: list[Any], answers: list[dict[str, Any]], *, finds: bool = True
    ) -> bool:
        """Puts the objects that belong to the rows of a whole list into their answers; False where it must be done one
        by one: what goes wrong is told there, in its place."""
        if self.objects is None:
            return False
        try:
            found = self._found(run, sources, finds=finds)
            written = found and self.objects.write_related(run, found, is_required=self._is_required)
        except Exception:
            return False
        if not found or not written:
            return False
        for answer, one in zip(answers, found, strict=True):
            answer[self.name] = written[id(one)]
        return True

    def _found(self, run: Run, sources: list[Any], *, finds: bool) -> list[Any] | None:
        """What belongs to each; None where only the resolver knows. `finds`: what is missing is looked for."""
        if self._loaded is not None and finds:
            return [pages.load(source, *self._loaded) for source in sources]
        if self.related is None:
            return None
        found = pages.settled(sources, self.related)
        if found is None and finds:  # what is looked for for one row is found for its whole page
            self.resolve(sources[0], run.info(self))
            found = pages.settled(sources, self.related)
        return found

    def in_table(self, column: Column | None, part: Part) -> Value | Related | None:
        """Where the field is found in the rows of a statement."""
        if column is not None:
            return in_column(column, part)
        joined = related_part(part, self.related) if self.related else None
        if joined is None or self.objects is None:
            return None
        plan = self.objects.plan(joined)
        foreign_key = part.places[f"{self.related}_id"]
        return Related(plan, joined.key, foreign_key, self._is_required) if plan else None

    def fail(self, run: Run, error: Exception, place: Place, *, is_required: bool) -> Any:
        """Puts null there and the error beside the answer, or lets the object above decide (GraphQL, 6.4.4)."""
        path = path_of(place)
        assert path is not None, "a field has a place"
        located = located_error(error, self.nodes, path.as_list())
        if is_required:
            raise located
        run.context.collected_errors.add(located, path)
        return None


class Selection:
    """The fields that are wanted of objects of one type."""

    __slots__ = ("_columns", "_plans", "_resolved", "fields")

    def __init__(self, fields: list[Field], columns: Columns, resolved: list[Field]) -> None:
        self.fields, self._columns, self._resolved = fields, columns, resolved
        self._plans: WeakKeyDictionary[Part, Plan | None] = WeakKeyDictionary()  # a statement may forget a shape

    def run(self, run: Run, root: Any, *, serially: bool) -> dict[str, Any]:
        """The answer to an operation. A mutation may have changed what the field before it has shown."""
        answer = {}
        for field in self.fields:
            hold()
            answer[field.name] = field.execute(run, root, None)
            if serially:
                run.written.clear()
        return answer

    def answer(self, run: Run, source: Any, place: Place) -> dict[str, Any]:
        """For one object. What is all columns, and was answered before without an error, is answered alike."""
        known = None if self._resolved else run.written.get((id(self), id(source)))
        if known is not None:
            answered: dict[str, Any] = known[1]
            return answered
        hold()
        read = self._columns.read([source])
        if read is None:
            return {field.name: field.execute(run, source, place) for field in self.fields}
        if self._resolved:
            return _resolve(self._resolved, run, source, read[0], place)
        run.written[id(self), id(source)] = source, read[0]  # with the object, so that no other gets its id
        return read[0]

    def answer_all(self, run: Run, sources: list[Any], place: Place, fail: Callable[..., Any]) -> list[Any] | None:
        """For all objects of a list; None if something is odd, and nothing has been resolved."""
        hold()
        answers: list[Any] | None = self._columns.read(sources)
        if answers is None or not self._resolved:
            return answers
        others = [field for field in self._resolved if not field.answer_related(run, sources, answers)]
        for index, source in enumerate(sources if others else ()):
            here = (place, index, None)
            try:
                _resolve(others, run, source, answers[index], here)
            except Exception as error:
                answers[index] = fail(run, error, here)
        return answers

    def column(self, field: Field) -> Column | None:
        """Where the field is a plain attribute."""
        return self._columns.of(field.name)

    def answer_table(self, table: Table) -> list[dict[str, Any]] | None:
        """For the rows of a table that has made no instances; None where there must be some."""
        plan = self.plan(table.part)
        if plan is None or table.is_made:
            return None
        hold()
        try:
            return table.read(plan, plan.answers)
        except Exception:  # as in `Columns.read`
            return None

    def plan(self, part: Part) -> Plan | None:
        """How all of it is read from such rows; None where some of it is not there."""
        if part not in self._plans:
            fields = {field.name: field.in_table(self.column(field), part) for field in self.fields}
            found = {name: field for name, field in fields.items() if field is not None}
            self._plans[part] = Plan(found) if len(found) == len(fields) else None
        return self._plans[part]

    def read(self, run: Run, sources: list[Any]) -> list[dict[str, Any]] | None:
        """For objects that are all columns, and what has come with them likewise; None for others, and if something is
        odd."""
        if not all(field.is_at_once for field in self._resolved):
            return None
        answers = self._columns.read(sources)
        if answers is None:
            return None
        is_whole = all(field.answer_related(run, sources, answers, finds=False) for field in self._resolved)
        return answers if is_whole else None


def _resolve(fields: list[Field], run: Run, source: Any, answer: dict[str, Any], place: Place) -> dict[str, Any]:
    for field in fields:
        answer[field.name] = field.execute(run, source, place)
    return answer


Selections = Mapping[str, Selection]
LEAVES = GraphQLScalarType | GraphQLEnumType
ABSTRACT = GraphQLInterfaceType | GraphQLUnionType


def is_plain_constant(value: ValueNode) -> bool:
    """Written in the document, and neither a list nor an object, in which a variable may be."""
    return not isinstance(value, VariableNode | ListValueNode | ObjectValueNode)


def path_of(place: Place) -> Path | None:
    return None if place is None else Path(path_of(place[0]), place[1], place[2])


# ── completing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def completer(field: Field, type_: GraphQLOutputType, selections: Selections) -> Complete:
    """For a value of this type; `selections` say what is wanted of objects, by the names of their types."""
    if isinstance(type_, GraphQLNonNull):
        return _required(field, completer(field, type_.of_type, selections))
    if isinstance(type_, GraphQLList):
        return _list(field, type_, selections)
    if isinstance(type_, LEAVES):
        return _leaf(type_)
    assert isinstance(type_, GraphQLObjectType | ABSTRACT), "there are no other types to answer with"
    field.objects = Objects(field, type_, selections)
    return field.objects.complete


def is_nothing(value: Any) -> bool:
    """Raises it, if it is an exception."""
    if isinstance(value, Exception):
        raise value
    return value is None or value is Undefined


def _required(field: Field, complete: Complete) -> Complete:
    sentence = f"Cannot return null for non-nullable field {field.parent.name}.{field.nodes[0].name.value}."

    def complete_required(run: Run, value: Any, place: Place) -> Any:
        completed = complete(run, value, place)
        if completed is None:
            raise TypeError(sentence)
        return completed

    return complete_required


def _leaf(type_: GraphQLLeafType) -> Complete:
    def complete(run: Run, value: Any, place: Place) -> Any:
        return None if is_nothing(value) else run.context.complete_leaf_value(type_, value)

    return complete


def _list(field: Field, type_: GraphQLList[Any], selections: Selections) -> Complete:
    is_required = isinstance(type_.of_type, GraphQLNonNull)
    kind = get_nullable_type(type_.of_type)
    objects = field.entries = None if isinstance(kind, LEAVES | GraphQLList) else Objects(field, kind, selections)
    complete_one = objects.complete if objects else completer(field, kind, selections)
    complete_item = _required(field, complete_one) if is_required else complete_one

    def fail(run: Run, error: Exception, place: Place) -> Any:
        return field.fail(run, error, place, is_required=is_required)

    def complete(run: Run, value: Any, place: Place) -> Any:
        answers = None
        if value.__class__ is Table:
            answers = objects.complete_table(value) if objects else None
            value = list(value) if answers is None else value
        elif value.__class__ is not list:
            if is_nothing(value):
                return None
            if not is_iterable(value):
                parent, name = field.parent.name, field.nodes[0].name.value
                raise GraphQLError(f"Expected Iterable, but did not find one for field '{parent}.{name}'.")
            value = list(value)
        answers = objects.complete_all(run, value, place, fail) if answers is None and objects else answers
        return [*_items(run, value, place)] if answers is None else answers

    def _items(run: Run, values: list[Any], place: Place) -> Iterable[Any]:
        for index, value in enumerate(values):
            here = (place, index, None)
            try:
                yield complete_item(run, value, here)
            except Exception as error:
                yield fail(run, error, here)

    return complete


class Objects:
    """Objects of a type, or of those that are of an abstract type. Of which type one is depends on its class alone, so
    that is asked once for each class."""

    __slots__ = ("_by_class", "_field", "selections", "type")

    def __init__(
        self,
        field: Field,
        type_: GraphQLObjectType | GraphQLAbstractType,
        selections: Selections,
    ) -> None:
        self._field, self.type, self.selections = field, type_, selections
        self._by_class: dict[type, Selection] = {}

    def complete(self, run: Run, value: Any, place: Place) -> Any:
        selection = self._by_class.get(value.__class__)
        if selection is None:
            if is_nothing(value):
                return None
            selection = self._by_class[value.__class__] = self.selections[self._object_type(run, value, place).name]
        return selection.answer(run, value, place)

    def complete_all(self, run: Run, values: list[Any], place: Place, fail: Callable[..., Any]) -> list[Any] | None:
        """For a list of objects of one class that is known; None for any other."""
        classes = {value.__class__ for value in values}
        selection = self._by_class.get(next(iter(classes))) if len(classes) == 1 else None
        return selection.answer_all(run, values, place, fail) if selection else None

    def complete_table(self, table: Table) -> list[Any] | None:
        """For the rows of a table; None where there must be instances."""
        selection = self._of_model(table.part.model)
        return selection.answer_table(table) if selection else None

    def plan(self, part: Part) -> Plan | None:
        """How these objects are read from rows; None where there must be instances."""
        selection = self._of_model(part.model)
        return selection.plan(part) if selection else None

    def _of_model(self, model: type) -> Selection | None:
        """What is wanted of the instances of a model, if they are of the type."""
        selection = self._by_class.get(model)
        if selection is None and isinstance(self.type, GraphQLObjectType) and model_of(self.type) is model:
            selection = self._by_class[model] = self.selections[self.type.name]
        return selection

    def write_related(self, run: Run, values: list[Any], *, is_required: bool) -> dict[int, Any] | None:
        """The answers for these objects, by their ids in memory, many of them the same; None as in `complete_all`."""
        objects = {id(one): one for one in values}
        if not is_required:
            objects.pop(id(None), None)
        if not objects:
            return {id(None): None}
        classes = {one.__class__ for one in objects.values()}
        selection = self._by_class.get(next(iter(classes))) if len(classes) == 1 else None
        answers = selection.read(run, list(objects.values())) if selection else None
        return None if answers is None else {id(None): None} | dict(zip(objects, answers, strict=True))

    def _object_type(self, run: Run, value: Any, place: Place) -> GraphQLObjectType:
        info, type_ = run.raw_info(self._field, place), self.type
        if isinstance(type_, ABSTRACT):
            resolve_type = type_.resolve_type or run.context.type_resolver
            name = resolve_type(value, info, type_)
            type_ = run.context.ensure_valid_runtime_type(name, type_, self._field.nodes, info, value)
        assert isinstance(type_, GraphQLObjectType), "what is not abstract is an object type"
        if type_.is_type_of and not type_.is_type_of(value, info):
            raise invalid_return_type_error(type_, value, self._field.nodes)
        return type_
