"""How values are written: time is always UTC with a Z and microseconds; a file comes beside the operation."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import UploadedFile
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition, scalar

AS_UTC = {UTC, ZoneInfo("UTC")}  # Python's own, and what psycopg says


def write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"  # +00:00


def write_times(moments: Iterable[datetime | None]) -> list[datetime | str | None]:
    """The same for many. What orjson writes alike (schema/responses.py) is left to it, which takes a tenth of the time:
    moments in UTC, but those of a whole second, which it writes without microseconds."""
    return [one if one is None or (one.microsecond and one.tzinfo in AS_UTC) else write_time(one) for one in moments]


def read_time(text: object) -> datetime:
    """ISO 8601 with an offset or Z; a time without one could mean any of twenty-four. Raises GraphQLError."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError("A DateTime is ISO 8601 with a Z or an offset, for example 2026-01-31T12:00:00Z.")


DateTime: ScalarDefinition = scalar(
    name="DateTime",
    description="ISO 8601, written in UTC with Z and microseconds: `2026-01-31T12:00:00.000000Z`. Any offset is read.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    serialize=write_time,
    parse_value=read_time,
)


def read_file(value: object) -> object:
    """Raises GraphQLError for whatever else stands in its place."""
    if isinstance(value, UploadedFile):
        return value
    raise GraphQLError("An Upload is sent as a variable, by the GraphQL multipart request specification.")


def write_file(value: object) -> object:
    raise GraphQLError("An Upload is only ever sent.")


Upload: ScalarDefinition = scalar(
    name="Upload",
    description="A file, by the GraphQL multipart request specification; the request carries the header"
    " `Apollo-Require-Preflight: true`.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    serialize=write_file,
    parse_value=read_file,
)
