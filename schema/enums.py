"""The words of the schema that are one of a few. Their values are those of the models' choices."""

from enum import Enum

import strawberry
from strawberry import enum_value


@strawberry.enum(description="What kind of conversation it is.")
class ConversationKind(Enum):
    DIRECT = enum_value("DIRECT", description="Between exactly two people; one for each pair.")
    GROUP = enum_value("GROUP", description="Up to 1,000 people, with roles.")


@strawberry.enum(description="What a person may do in a group: OWNER > ADMIN > MEMBER.")
class ParticipantRole(Enum):
    OWNER = enum_value("OWNER", description="Everything; may delete the group and change roles.")
    ADMIN = enum_value("ADMIN", description="Renames, adds and removes people of a lower role.")
    MEMBER = enum_value("MEMBER", description="Reads and writes.")


@strawberry.enum(description="Which way a list runs.")
class OrderDirection(Enum):
    ASC = enum_value("ASC", description="The smallest, oldest or first of the alphabet first.")
    DESC = enum_value("DESC", description="The largest, newest or last of the alphabet first.")


@strawberry.enum(description="What conversations are ordered by.")
class ConversationOrderField(Enum):
    LAST_ACTIVITY = enum_value("LAST_ACTIVITY", description="When they were last written to.")
    CREATED = enum_value("CREATED", description="When they were started.")
    TITLE = enum_value("TITLE", description="Their title; direct conversations have none.")


@strawberry.enum(description="What people are ordered by.")
class UserOrderField(Enum):
    USERNAME = enum_value("USERNAME", description="Their username, without regard to case.")
    CREATED = enum_value("CREATED", description="When they joined.")
