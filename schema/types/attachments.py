"""Files of messages."""

import strawberry
from strawberry import relay

from messaging import links, models
from schema.columns import column, model_type
from schema.context import Info

AttachmentRow = strawberry.Parent[models.Attachment]
PATH = "/files"


@model_type(models.Attachment, name="Attachment", description="A file, sent with a message or about to be.")
class Attachment(relay.Node):
    id: relay.NodeID[int]
    filename: str = column("What to call it; its ending tells what it is.")
    content_type: str = column("Decided by its content: `image/png`, `application/pdf` …")
    size: int = column("In bytes, as it is kept.")
    width: int | None = column("Of a picture, in pixels. Null for everything else.")
    height: int | None = column("Of a picture, in pixels. Null for everything else.")

    @strawberry.field(
        description="Where to get it, without a header: for the viewer alone, for an hour, and while they may see the"
        " message. A browser saves it or shows it in `<img>`; it never runs it."
    )
    def url(attachment: AttachmentRow, info: Info) -> str:
        return link_to(attachment, info, is_thumbnail=False)

    @strawberry.field(
        description="The same for a small WebP picture of it, at most 480 pixels wide and high. Null for what is no"
        " picture."
    )
    def thumbnail_url(attachment: AttachmentRow, info: Info) -> str | None:
        return link_to(attachment, info, is_thumbnail=True) if attachment.thumbnail else None


def link_to(attachment: models.Attachment, info: Info, *, is_thumbnail: bool) -> str:
    link = links.Link(attachment.pk, info.context.viewer.pk, is_thumbnail)
    return f"{info.context.base}{PATH}?link={links.sign(link)}"
