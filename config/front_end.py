"""A front end of built files beside /graphql: WhiteNoise serves the folder of FRONTEND_FILES, its index.html at `/`.

`manage.py start --demo` shows the example that way. Otherwise, and by default, nothing is at `/`.
"""

from collections.abc import MutableMapping
from pathlib import Path

INDEX = "index.html"
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "web" / "dist"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For its pages: nothing inline, nothing from elsewhere. The 'self' of connect-src covers WebSockets to the host."""


def add_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Of a static file; `path` is where it lies. A page names files that change their names with their content."""
    if path.endswith(".html"):
        headers["Content-Security-Policy"] = POLICY
        headers["Cache-Control"] = "no-cache"
