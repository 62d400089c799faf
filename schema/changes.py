"""What a schema does to the clients of an earlier one. docs/compatibility.md says what may change, and how."""

from typing import Any

from graphql import (
    REMOVE,
    GraphQLInterfaceType,
    GraphQLSchema,
    Visitor,
    build_ast_schema,
    find_breaking_changes,
    find_dangerous_changes,
    parse,
    visit,
)


def breaking(old: str, new: str) -> list[str]:
    """What a client of the old schema may stumble over; what was deprecated in the old one may go."""
    return [change.description for change in find_breaking_changes(without_deprecated(old), build(new))]


def dangerous(old: str, new: str) -> list[str]:
    """What a client bears that takes what it does not know yet as such: one more value, type or optional argument."""
    return [change.description for change in find_dangerous_changes(build(old), build(new))]


def build(text: str) -> GraphQLSchema:
    return build_ast_schema(parse(text))


class Deprecated(Visitor):
    """Takes every field, argument and value away that is deprecated."""

    def enter(self, node: Any, *_: Any) -> Any:
        names = [directive.name.value for directive in getattr(node, "directives", ())]
        return REMOVE if "deprecated" in names else None


def without_deprecated(text: str) -> GraphQLSchema:
    """And without the types that nothing leads to any more."""
    whole = build_ast_schema(visit(parse(text), Deprecated()))
    interfaces = [kind for kind in whole.type_map.values() if isinstance(kind, GraphQLInterfaceType)]
    objects = [one for interface in interfaces for one in whole.get_implementations(interface).objects]
    return GraphQLSchema(whole.query_type, whole.mutation_type, whole.subscription_type, types=objects)
