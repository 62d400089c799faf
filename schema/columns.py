"""Model types whose plain fields are read straight from the row.

strawberry-graphql-django's own field asks each value whether it is a relation, a manager or a query, and goes through
the field-extension road. A column is none of these: as a basic field it costs one `getattr`.
"""

from functools import partial
from typing import Any

import strawberry
import strawberry_django
from strawberry_django.fields.field import StrawberryDjangoField


class Column(StrawberryDjangoField):
    """A field that is an attribute of the model instance."""

    @property
    def is_basic_field(self) -> bool:
        return self.base_resolver is None

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(source, self.django_name or self.python_name)


model_type = partial(strawberry_django.type, field_cls=Column)


def column(description: str) -> Any:
    return strawberry.field(description=description)
