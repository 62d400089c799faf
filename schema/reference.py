"""docs/schema.md: the schema as a page to read, made of the printed one by `manage.py print_schema`."""

from collections.abc import Iterable, Iterator

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    NullValueNode,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    print_ast,
)

Member = GraphQLField | GraphQLArgument | GraphQLInputField

HEAD = """# The schema

Everything that can be asked, done and listened to. Do not edit this page: `manage.py print_schema` writes it, with
[schema/schema.graphql](../schema/schema.graphql). `!` is never null, `[…]` a list. What may change with a release, and
what not: [compatibility.md](compatibility.md)."""

SECTIONS: dict[str, type[GraphQLNamedType]] = {
    "Objects": GraphQLObjectType,
    "Interfaces": GraphQLInterfaceType,
    "Inputs": GraphQLInputObjectType,
    "Enums": GraphQLEnumType,
    "Scalars": GraphQLScalarType,
}


def reference(schema: GraphQLSchema) -> str:
    """The whole page, in Markdown. The schema has been built from its text: defaults are taken as they are written."""
    roots = [root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root]
    others = [kind for name, kind in sorted(schema.type_map.items()) if kind not in roots and not is_graphqls_own(kind)]
    sections = {title: [one for one in others if isinstance(one, kind)] for title, kind in SECTIONS.items()}
    paragraphs = [HEAD, contents(roots, sections)]
    for root in roots:
        paragraphs += [f"## {root.name}", *about(schema, root)]
    for title, kinds in sections.items():
        paragraphs.append(f"## {title}")
        for kind in kinds:
            paragraphs += [f"### {kind.name}", *about(schema, kind)]
    return "\n\n".join(paragraphs) + "\n"


def is_graphqls_own(kind: GraphQLNamedType) -> bool:
    return is_introspection_type(kind) or is_specified_scalar_type(kind)


def contents(roots: list[GraphQLObjectType], sections: dict[str, list[GraphQLNamedType]]) -> str:
    lines = [f"- {link(root)}" for root in roots]
    lines += [f"- [{title}](#{title.lower()}): {', '.join(map(link, kinds))}" for title, kinds in sections.items()]
    return "\n".join(lines)


def about(schema: GraphQLSchema, kind: GraphQLNamedType) -> Iterator[str]:
    """The paragraphs of one type."""
    yield text(kind)
    if isinstance(kind, GraphQLObjectType) and kind.interfaces:
        yield f"Is a {' and a '.join(map(link, kind.interfaces))}."
    if isinstance(kind, GraphQLInterfaceType):
        yield f"Is one of {', '.join(map(link, schema.get_possible_types(kind)))}."
    if isinstance(kind, GraphQLScalarType) and kind.specified_by_url:
        yield f"Specified by <{kind.specified_by_url}>."
    if isinstance(kind, GraphQLEnumType):
        yield table(["Value", "Meaning"], ([f"`{name}`", text(value)] for name, value in kind.values.items()))
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        yield table(["Field", "Type", "Meaning"], rows_of(kind.fields))
    if isinstance(kind, GraphQLInputObjectType):
        yield table(["Field", "Type", "Meaning"], (row(f"`{name}`", field) for name, field in kind.fields.items()))


def rows_of(fields: dict[str, GraphQLField]) -> Iterator[list[str]]:
    """A row for each field; its arguments stand below it."""
    for name, field in fields.items():
        yield row(f"`{name}`", field)
        yield from (row(f"&emsp;`{argument}:`", about_it) for argument, about_it in field.args.items())


def row(name: str, member: Member) -> list[str]:
    """Its type stands with its brackets and exclamation marks, and a link to where it is described."""
    named = get_named_type(member.type)
    meaning = text(member)
    default = getattr(member.ast_node, "default_value", None)
    if default and not isinstance(default, NullValueNode):
        meaning = f"{meaning} Default: `{print_ast(default)}`.".strip()
    return [name, str(member.type).replace(named.name, link(named)), meaning]


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def text(described: GraphQLNamedType | GraphQLEnumValue | Member) -> str:
    """What is said about it, in one line that fits into a table."""
    said = " ".join((described.description or "").split()).replace("|", "\\|")
    reason = getattr(described, "deprecation_reason", None)
    return f"**Deprecated.** {reason} {said}".strip() if reason else said


def link(kind: GraphQLNamedType) -> str:
    return kind.name if is_graphqls_own(kind) else f"[{kind.name}](#{kind.name.lower()})"
