"""The one schema, put together."""

from datetime import datetime
from typing import Any

import strawberry
from django.core.files.uploadedfile import UploadedFile
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from schema.compiled import CompiledExecution
from schema.mutations import Mutation
from schema.queries import Query
from schema.scalars import DateTime, Upload
from schema.subscriptions import Subscription
from schema.types.events import CONCRETE


class Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Nothing: refusals are answers, and `schema.errors.describe` logs what is not."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=CONCRETE,
    execution_context_class=CompiledExecution,
    config=StrawberryConfig(scalar_map={datetime: DateTime, UploadedFile: Upload}),
)
