"""What is compiled answers as graphql-core does, byte for byte, and asks every resolver as often: once.

A schema made for it, in which everything can be missing, null, of another kind or raise; tests/fuzz asks the real one.
`FUZZ_EXAMPLES=5000 pytest tests/schema/test_compiled.py -n 0` takes other examples, so many for each test.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from graphql import is_object_type
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.compiled import CompiledExecution, resolving
from schema.compiled.operations import MAX_VARIANTS
from schema.deadline import PunctualExecution
from schema.documents import Document, parse_document
from schema.responses import Refused
from schema.scalars import DateTime, write_time
from schema.schema import schema as real_schema

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))


def often(examples: int) -> settings:
    """The same examples each time; or, by FUZZ_EXAMPLES, others and as many as that."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # to make a failing tree smaller takes minutes
        suppress_health_check=list(HealthCheck),
    )


# ── a schema in which everything can go wrong ───────────────────────────────────────────────────────────────────────


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Wish:
    name: str
    times: int = 1
    also: strawberry.Maybe[str | None] = None


def asked(source: "Being", name: str, info: strawberry.Info, *more: Any) -> Any:
    """What the resolver `name` finds, after it has been written down that it was asked."""
    info.context.asked.append((source.number, name, *more))
    found = source.given.get(name)
    if callable(found):
        raise found()
    return found


ThingRef = Annotated["Thing", strawberry.lazy("tests.schema.test_compiled")]
EitherRef = Annotated["Thing | Other", strawberry.union("Either")]


@strawberry.interface
class Being:
    number: strawberry.Private[int]
    given: strawberry.Private[dict[str, Any]]
    text: str
    maybe_text: str | None

    @strawberry.field
    def child(self, info: strawberry.Info) -> ThingRef | None:
        return asked(self, "child", info)

    @strawberry.field
    def children(self, info: strawberry.Info) -> list[ThingRef]:
        return asked(self, "children", info)


@strawberry.type
class Other(Being):
    flag: bool


@strawberry.type
class Thing(Being):
    flag: bool
    count: int
    ratio: float | None
    moment: datetime
    maybe_moment: datetime | None
    colour: Colour | None
    words: list[str]
    maybe_words: list[str | None] | None
    table: list[list[int]] | None
    plain: Other | None

    @strawberry.field
    def sure_child(self, info: strawberry.Info) -> ThingRef:
        return asked(self, "sure_child", info)

    @strawberry.field
    def maybe_children(self, info: strawberry.Info) -> list[ThingRef | None] | None:
        return asked(self, "maybe_children", info)

    @strawberry.field
    def being(self, info: strawberry.Info) -> Being | None:
        return asked(self, "being", info)

    @strawberry.field
    def beings(self, info: strawberry.Info) -> list[Being]:
        return asked(self, "beings", info)

    @strawberry.field
    def eithers(self, info: strawberry.Info) -> list[EitherRef] | None:
        return asked(self, "eithers", info)

    @strawberry.field
    def greeting(self, info: strawberry.Info, name: str = "you", times: int | None = None) -> str:
        return asked(self, "greeting", info, name, times)

    @strawberry.field
    def granted(self, info: strawberry.Info, wish: Wish, wishes: list[Wish] | None = None) -> int | None:
        return asked(self, "granted", info, repr(wish), repr(wishes))


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, info: strawberry.Info) -> Thing | None:
        return info.context.root

    @strawberry.field
    def sure_thing(self, info: strawberry.Info) -> Thing:
        return info.context.root

    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing | None]:
        return [info.context.root, None, info.context.root]


CONFIG = StrawberryConfig(scalar_map={datetime: DateTime})


class Quiet(strawberry.Schema):
    def process_errors(self, *_: Any) -> None:
        """Nothing: errors are what is looked for here."""


made = Quiet(Query, types=[Thing, Other], config=CONFIG, execution_context_class=CompiledExecution)
MADE_SDL = made.as_str()


class Trouble(Exception):
    pass


def trouble() -> Trouble:
    return Trouble("This went wrong.")


ODD = st.one_of(
    st.none(),
    st.sampled_from(["", "word", 1, -(2**40), True, 1.5, float("nan"), [], ["a"], [None], (1, 2), {"a": 1}]),
    st.builds(trouble),
)
TEXT = st.text(max_size=5)
MOMENTS = st.datetimes(timezones=st.just(UTC))
RIGHT: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "maybe_text": st.none() | TEXT,
    "flag": st.booleans(),
    "count": st.integers(-(2**31), 2**31 - 1),
    "ratio": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "moment": MOMENTS,
    "maybe_moment": st.none() | MOMENTS,
    "colour": st.none() | st.sampled_from([Colour.RED, "blue"]),
    "words": st.lists(TEXT, max_size=3),
    "maybe_words": st.none() | st.lists(st.none() | TEXT, max_size=3),
    "table": st.none() | st.lists(st.lists(st.integers(0, 9), max_size=2), max_size=2),
}
RARELY = 25  # one in so many values is odd: with more of them nothing but errors would be seen


@st.composite
def beings(draw: st.DrawFn, deeper: int, kind: type[Being] | None = None) -> Being:
    """A tree, in which the same object may stand in several places."""
    made_of = kind or draw(st.sampled_from([Thing, Other]))
    names = [name for name in RIGHT if name in made_of.__annotations__ or name in Being.__annotations__]
    is_odd = st.integers(0, RARELY).map(lambda number: number == RARELY)
    values = {name: draw(ODD if draw(is_odd) else RIGHT[name]) for name in names}
    if made_of is Thing:
        values["plain"] = draw(beings(0, Other)) if deeper and draw(st.booleans()) else None
    one = made_of(number=draw(st.integers(0, 10**6)), given=draw(found(deeper)), **values)
    if draw(is_odd):
        delattr(one, draw(st.sampled_from(names)))
    return one


@st.composite
def found(draw: st.DrawFn, deeper: int) -> dict[str, Any]:
    """What the resolvers of one object find."""
    if not deeper:
        return {"greeting": "hello", "children": [], "beings": []}
    one, other = draw(beings(deeper - 1, Thing)), draw(beings(deeper - 1))
    right = {
        "child": one,
        "sure_child": one,
        "children": draw(st.sampled_from([[], [one], [one, one], (one,)])),
        "maybe_children": draw(st.sampled_from([None, [one, None], [None], [one, one]])),
        "being": other,
        "beings": [one, other],
        "eithers": draw(st.sampled_from([[other, one], [one, one], None])),
        "greeting": draw(TEXT),
        "granted": draw(st.none() | st.integers(0, 5)),
    }
    is_odd = st.integers(0, RARELY).map(lambda number: number == RARELY)
    return {name: draw(ODD | st.just(trouble)) if draw(is_odd) else value for name, value in right.items()}


@dataclass
class Asked:
    """The context of one run."""

    document: Document
    root: Any
    asked: list[Any] = field(default_factory=list)


def run(execution: type, text: str, root: Any, document: Document, variables: dict[str, Any] | None = None) -> Any:
    """The answer as it would be sent, and which resolvers were asked, in which order."""
    context = Asked(document, root)
    made.execution_context_class = execution
    result = made.execute_sync(text, context_value=context, variable_values=variables)
    errors = [(str(error), error.path, error.locations, type(error.original_error)) for error in result.errors or []]
    return json.dumps(result.data, default=write_time), errors, context.asked


def check_equal(text: str, root: Any, variables: dict[str, Any] | None = None) -> Any:
    try:
        document = parse_document(text)
    except Refused:  # a NUL, which no document may hold
        reject()
    first = run(CompiledExecution, text, root, document, variables)
    assert first == run(PunctualExecution, text, root, document, variables)
    assert first == run(CompiledExecution, text, root, document, variables)  # with what it knows by now
    assert all(variants._selections for variants in document.compiled.values())
    return first


@often(100)
@given(document=from_schema(MADE_SDL), root=st.one_of(st.none(), beings(2, Thing)))
def test_what_is_compiled_answers_alike(document: str, root: Any) -> None:
    check_equal(document, root)


WHOLE = """{ things {
  __typename text maybeText flag count moment maybeMoment colour words maybeWords table plain { flag text }
  child { text again: text child { text } }
  children { text count sureChild { flag moment } children { text } }
  maybeChildren { count greeting(name: "bob") }
  being { __typename text ... on Thing { count } ... on Other { flag } child { text } }
  beings { text ... on Thing { count greeting } children { number: count } }
  eithers { __typename ... on Thing { text } ... on Other { maybeText } }
  granted(wish: {name: "peace", also: null}, wishes: [{name: "bread", times: 3}])
} }"""


@often(60)
@given(root=beings(2, Thing))
def test_one_document_answers_alike_whatever_there_is(root: Any) -> None:
    check_equal(WHOLE, root)


@often(50)
@given(root=beings(1, Thing), values=st.fixed_dictionaries({"a": st.booleans(), "b": st.booleans(), "c": TEXT}))
def test_variables_decide_what_is_selected_and_asked(root: Any, values: dict[str, Any]) -> None:
    document = """query($a: Boolean!, $b: Boolean = true, $c: String!) {
      thing { text @skip(if: $a) ...More @include(if: $b) greeting(name: $c) child { count @include(if: $a) } } }
    fragment More on Thing { flag maybeText @skip(if: $a) }"""
    check_equal(document, root, values)


def thing(**values: Any) -> Thing:
    whole: dict[str, Any] = {"text": "a", "maybe_text": None, "flag": True, "count": 1, "ratio": None}
    whole |= {"moment": datetime(2026, 1, 31, tzinfo=UTC), "maybe_moment": None, "colour": None, "words": []}
    whole |= {"maybe_words": None, "table": None, "plain": None, "number": 0, "given": {}}
    return Thing(**{**whole, **values})


def test_too_many_variants_of_a_document_are_left_to_graphql_core() -> None:
    names = [f"v{number}" for number in range(6)]
    fields = " ".join(f"{name}: text @skip(if: ${name})" for name in names)
    text = f"query({', '.join(f'${name}: Boolean!' for name in names)}) {{ thing {{ flag {fields} }} }}"
    document = parse_document(text)
    for number in range(2**6):
        values = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        compiled = run(CompiledExecution, text, thing(), document, values)
        assert compiled == run(PunctualExecution, text, thing(), document, values)
    assert len(document.compiled[None]._selections) == MAX_VARIANTS


def test_an_error_says_where_and_leaves_the_rest() -> None:
    broken = thing(number=2, text=None)
    data, errors, asked = check_equal(
        "{ thing { maybeChildren { text } } }", thing(given={"maybe_children": [thing(), broken]})
    )
    assert json.loads(data) == {"thing": {"maybeChildren": [{"text": "a"}, None]}}
    assert [path for _, path, _, _ in errors] == [["thing", "maybeChildren", 1, "text"]]
    assert asked == [(0, "maybe_children")]


# ── the real schema ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_field_of_the_schema_can_be_compiled() -> None:
    unknown = [
        f"{type_.name}.{name}"
        for type_ in real_schema._schema.type_map.values()
        if is_object_type(type_) and not type_.name.startswith("__")
        for name, definition in type_.fields.items()
        if not resolving.is_known(definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF])
    ]
    assert unknown == []
