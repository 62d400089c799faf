"""How a field is found out: by an attribute, or by calling its resolver through its extensions, as Strawberry does."""

from binascii import b2a_base64
from collections.abc import Callable
from functools import lru_cache, partial, reduce
from operator import attrgetter
from typing import Any, cast

from graphql import GraphQLObjectType
from strawberry.relay import Node
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.columns import Column as ModelColumn

Resolve = Callable[..., Any]
"""Called with the source, the info and the converted arguments."""

KNOWN = (StrawberryField, ModelColumn)
NODE_ID = next(field for field in Node.__strawberry_definition__.fields if field.graphql_name == "id")  # type: ignore[attr-defined]


def is_attribute(field: StrawberryField) -> bool:
    return type(field) in KNOWN and field.is_basic_field


def is_global_id(field: StrawberryField) -> bool:
    return field.base_resolver is not None and field.base_resolver.wrapped_func is NODE_ID.base_resolver.wrapped_func


def is_known(field: StrawberryField) -> bool:
    """Whether it can be called here: an attribute, or a resolver that is no coroutine, and extensions likewise."""
    is_called = not field.is_async or field.is_subscription
    return type(field) in KNOWN and is_called and all(one.supports_sync for one in field.extensions)


def attribute_name(field: StrawberryField) -> str:
    return getattr(field, "django_name", None) or field.python_name


def model_of(type_: GraphQLObjectType) -> type | None:
    """Whose instances are of this type."""
    definition = type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    django = getattr(definition.origin, "__strawberry_django_definition__", None)
    return django and cast(type, django.model)


def global_id_attribute(parent: GraphQLObjectType) -> str:
    """Of what Relay makes the id: the primary key."""
    attribute: str = parent.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin.resolve_id_attr()
    return attribute


def global_id_of(parent: GraphQLObjectType) -> Callable[[Any], str]:
    """Relay's: the type and the primary key, in base 64."""
    return partial(_remembered_id if parent.name in MET_AGAIN else _global_id, parent.name)


def _global_id(name: str, key: Any) -> str:
    return b2a_base64(f"{name}:{key}".encode(), newline=False).decode()


MET_AGAIN = ("User", "Conversation")  # of whatever else there is too much: to look for it would take longer
_remembered_id = lru_cache(maxsize=4_096)(_global_id)


def resolve(field: StrawberryField, parent: GraphQLObjectType) -> Resolve:
    """The resolver of a known field, within its extensions: the first of them is the innermost."""
    if field.is_subscription:  # an event is the source of its operation (GraphQL, 6.2.3.2)
        return lambda event, _info, **_: event
    if is_global_id(field):  # Relay's own asks the path for the type
        get, make = attrgetter(global_id_attribute(parent)), global_id_of(parent)
        return lambda source, _info: make(get(source))
    call = _call(field.base_resolver) if field.base_resolver else _read(attribute_name(field))
    extensions = [one.resolve for one in field.extensions if one.has_resolver]
    return reduce(lambda inner, outer: partial(outer, inner), extensions, call)


def _read(name: str) -> Resolve:
    get = attrgetter(name)
    return lambda source, _info, **_: get(source)


def _call(resolver: StrawberryResolver[Any]) -> Resolve:
    """Gives a resolver what it asks for: the source as `self` or as its parent, and the info."""
    function: Any = resolver.wrapped_func
    order = list(resolver.signature.parameters)
    parent = resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter
    asked = [one.name for one in (parent, resolver.info_parameter) if one is not None]
    assert asked == order[: len(asked)], f"{resolver.name} takes its parent first, then info"
    if parent is None:
        return _without_parent(function, takes_info=bool(asked))
    if resolver.info_parameter is None:
        return lambda source, _info, **arguments: function(source, **arguments)
    return function  # type: ignore[no-any-return]


def _without_parent(function: Any, *, takes_info: bool) -> Resolve:
    if takes_info:
        return lambda _source, info, **arguments: function(info, **arguments)
    return lambda _source, _info, **arguments: function(**arguments)
