"""Two walks over the schema, so that no new field can forget: who may call it, and who may see what it shows."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_enum_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from schema import context, ids
from schema.schema import schema

printed = build_schema(schema.as_str())
GUARDS = {context.Anyone, context.AnyoneWithGoodToken, context.SignedIn}
OPEN_TO_ANYONE = {"register", "tokenAuth", "refreshToken", "verifyToken", "revokeToken"}
OPEN_TO_ANYONE |= {"requestPasswordReset", "resetPassword", "verifyEmail"}
OPEN_WITH_A_GOOD_TOKEN = {"me"}


def root_fields() -> Iterator[tuple[str, str, GraphQLField]]:
    for operation, root in (("query", schema._schema.query_type), ("mutation", schema._schema.mutation_type)):
        for name, field in root.fields.items():
            yield operation, name, field


ROOT_FIELDS = [pytest.param(*field, id=field[1]) for field in root_fields()]
# A file cannot be written into a document: tests/http/test_multipart.py is about who may send one.
WRITTEN_DOWN = [field for field in ROOT_FIELDS if field.id != "uploadAttachment"]


def guard_of(field: GraphQLField) -> type:
    (guard,) = field.extensions["strawberry-definition"].permission_classes
    return guard


@pytest.mark.parametrize(("operation", "name", "field"), ROOT_FIELDS)
def test_every_root_field_says_who_may_call_it(operation, name, field):
    assert guard_of(field) in GUARDS


@pytest.mark.parametrize(("operation", "name", "field"), ROOT_FIELDS)
def test_only_these_are_open_to_people_who_are_not_signed_in(operation, name, field):
    assert (guard_of(field) is context.Anyone) == (name in OPEN_TO_ANYONE)
    assert (guard_of(field) is context.AnyoneWithGoodToken) == (name in OPEN_WITH_A_GOOD_TOKEN)


def literal(kind) -> str:
    """The smallest value that fits an input type."""
    if is_non_null_type(kind):
        return literal(kind.of_type)
    if is_list_type(kind):
        return "[]"
    if isinstance(kind, GraphQLInputObjectType):
        given = (f"{n}: {literal(f.type)}" for n, f in kind.fields.items() if is_required_input_field(f))
        return f"{{{', '.join(given)}}}"
    if is_enum_type(kind):
        return next(iter(kind.values))
    return {"Int": "1", "Boolean": "true", "DateTime": '"2026-01-31T12:00:00Z"'}.get(kind.name, '"x"')


def call(operation: str, name: str, field: GraphQLField) -> str:
    """A document that calls this root field with as little as it takes."""
    given = ", ".join(f"{n}: {literal(a.type)}" for n, a in field.args.items() if is_required_argument(a))
    selection = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    return f"{operation} {{ {name}{f'({given})' if given else ''} {selection} }}"


@pytest.mark.row(23)
@pytest.mark.parametrize(("operation", "name", "field"), WRITTEN_DOWN)
def test_nobody_gets_past_a_guard(anyone, db, operation, name, field):
    answer = anyone.post(call(operation, name, field)).json()
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert codes == ([] if name in OPEN_TO_ANYONE | OPEN_WITH_A_GOOD_TOKEN else ["UNAUTHENTICATED"])


@pytest.mark.parametrize(("operation", "name", "field"), WRITTEN_DOWN)
def test_a_bad_token_gets_past_no_guard_but_that_of_the_public_mutations(anyone, db, operation, name, field):
    answer = anyone.post(call(operation, name, field), HTTP_AUTHORIZATION="Bearer bad").json()
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert codes == ([] if name in OPEN_TO_ANYONE else ["UNAUTHENTICATED"])


@pytest.mark.row(23)
@pytest.mark.parametrize("model", ids.NODES.values())
def test_every_model_with_an_id_is_filtered_by_who_asks(model):
    assert callable(model._default_manager.all().visible_to)


def model_types() -> dict[str, type]:
    """The models that GraphQL types show."""
    definitions = {
        name: kind.extensions["strawberry-definition"].origin
        for name, kind in schema._schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and "strawberry-definition" in kind.extensions
    }
    return {
        name: origin.__strawberry_django_definition__.model
        for name, origin in definitions.items()
        if hasattr(origin, "__strawberry_django_definition__")
    }


@pytest.mark.row(23)
def test_every_type_that_shows_a_model_is_filtered_by_who_asks():
    assert model_types()
    for model in model_types().values():
        assert callable(model._default_manager.all().visible_to)


def test_every_type_with_an_id_can_be_found_by_it():
    nodes = {kind.name for kind in printed.get_implementations(printed.type_map["Node"]).objects}
    assert nodes == {name for name in ids.NODES if name in printed.type_map}


def test_every_kind_of_id_that_is_given_out_is_a_type_of_the_schema():
    assert set(ids.NODES) <= set(printed.type_map)


# ── the printed schema ───────────────────────────────────────────────────────────────────────────────────────────────


def everything() -> Iterator[tuple[str, Any]]:
    """(place, what is there) of everything that a front end can meet."""
    for directive in printed.directives:
        yield f"@{directive.name}", directive
        yield from ((f"@{directive.name}({name}:)", argument) for name, argument in directive.args.items())
    for kind in printed.type_map.values():
        if is_introspection_type(kind):
            continue
        yield kind.name, kind
        members = getattr(kind, "values" if is_enum_type(kind) else "fields", {})
        for name, member in members.items():
            yield f"{kind.name}.{name}", member
            for argument, definition in getattr(member, "args", {}).items():
                yield f"{kind.name}.{name}({argument}:)", definition


def test_everything_in_the_schema_is_described():
    assert [place for place, one in everything() if not one.description] == []


def test_what_is_deprecated_says_since_when_and_what_to_use_instead():
    """docs/compatibility.md."""
    reasons = {place: getattr(one, "deprecation_reason", None) for place, one in everything()}
    policy = re.compile(r"Since \d+\.\d+\.\d+: \S.*\.")
    assert [place for place, reason in reasons.items() if reason and not policy.fullmatch(reason)] == []


def test_no_description_is_strawberrys_own_of_the_wrong_argument():
    wrong = "Returns the items in the list that come after the specified cursor."
    assert [place for place, one in everything() if "(last:)" in place and one.description == wrong] == []


def test_the_committed_schema_is_the_printed_one():
    call_command("print_schema", check=True, stdout=StringIO())
