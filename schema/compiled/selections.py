"""What is wanted of an object: its fields, and how each is found out. What is found is completed (`completing`)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_argument_values,
    is_non_null_type,
    located_error,
)
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField

from rows import pages
from rows.building import Part
from rows.tables import OneOfEach, Table
from schema.compiled import arguments
from schema.compiled.columns import Column, Columns
from schema.compiled.resolving import Resolve
from schema.compiled.tables import Plan, Related, Value, in_column, related_part
from schema.context import Info, InfoOfAll
from schema.deadline import hold

if TYPE_CHECKING:
    from schema.compiled.completing import Objects

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
            if field.argument_names is None:
                converter = self.context.schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]
                field.argument_names = arguments.names_of(field.strawberry.arguments, converter)
            found = self._arguments[field] = arguments.converted(field.argument_names, given)
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
    argument_names: arguments.Names | None = None
    """How they are converted, once they have been."""
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
            ones = self._answered_in_table(sources) if finds else None
            ones = ones or self._answered(run, sources, self.objects, finds=finds)
        except Exception:
            return False
        if not ones:
            return False
        for answer, one in zip(answers, ones, strict=True):
            answer[self.name] = one
        return True

    def _answered(self, run: Run, sources: list[Any], objects: "Objects", *, finds: bool) -> list[Any] | None:
        found = self._found(run, sources, finds=finds)
        written = found and objects.write_related(run, found, is_required=self._is_required)
        return [written[id(one)] for one in found] if found and written else None

    def _answered_in_table(self, sources: list[Any]) -> list[Any] | None:
        """Where what was found for the whole list is a table, of which nobody needs instances."""
        found = pages.load_for_all(sources, *self._loaded) if self._loaded is not None else None
        answers = self.objects.complete_table(found.table) if self.objects and isinstance(found, OneOfEach) else None
        if not found or answers is None:
            return None
        by_key = dict(zip(found, answers, strict=True))
        ones = [by_key.get(source.pk) for source in sources]
        return None if self._is_required and None in ones else ones

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


def is_plain_constant(value: ValueNode) -> bool:
    """Written in the document, and neither a list nor an object, in which a variable may be."""
    return not isinstance(value, VariableNode | ListValueNode | ObjectValueNode)


def path_of(place: Place) -> Path | None:
    return None if place is None else Path(path_of(place[0]), place[1], place[2])
