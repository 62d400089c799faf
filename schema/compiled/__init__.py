"""Operations compiled once: the same answers as graphql-core's, without asking the schema again for every field.

graphql-core finds out anew for each field of each object what the field is, of which type, with which arguments, and
what is selected below it. Here that is found out once for each document (`operations`), kept with it, and run for each
request: plain attributes of a whole list at once (`columns`), from the database's rows where nothing else is wanted
(`tables`), and no more of them read than that (`wanted`); resolvers one after the other in the document's order, each
of them once (`selections`) with what they are given (`arguments`), and what they find is completed (`completing`).
Errors, nulls and their paths are those of the specification (6.4), as graphql-core gives them;
tests/schema/test_compiled.py holds the two against each other.

The door is `CompiledExecution`, by Strawberry's own hook. It leaves to graphql-core what it does not know:
introspection, resolvers that are coroutines, and documents with too many variants by `@skip` and `@include`.
"""

from typing import Any

from graphql import OperationDefinitionNode, OperationType

from schema.compiled.operations import compiled
from schema.compiled.selections import Run
from schema.deadline import PunctualExecution


class CompiledExecution(PunctualExecution):
    def execute_operation(self, operation: OperationDefinitionNode, root_value: Any) -> Any:
        selection = compiled(self)
        if selection is None:
            return super().execute_operation(operation, root_value)
        return selection.run(Run(self), root_value, serially=operation.operation is OperationType.MUTATION)
