"""The real proxy/nginx.conf, on loopback: other addresses, other folders, and not a directive more or less."""

# ruff: noqa: S603 - nginx, with arguments written here

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

PROXY = Path(settings.BASE_DIR) / "proxy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt install nginx)")


def place(folder: Path, *, port: int = 1, web: int = 1, live: int = 1) -> Path:
    """Writes the configuration into the folder; logs go to proxy.log, static files are looked for in `static`."""
    text = (PROXY / "nginx.conf").read_text()
    for there, here in {
        "/tmp/": f"{folder}/",  # noqa: S108 - first: pytest's own folders begin like this, too
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "server web:8000 resolve;": f"server 127.0.0.1:{web};",
        "server live:8000 resolve;": f"server 127.0.0.1:{live};",
        "/srv/static/": f"{folder}/static/",
        "/dev/stderr": f"{folder}/proxy.err",
        "/dev/stdout": f"{folder}/proxy.log",
    }.items():
        assert there in text
        text = text.replace(there, here)
    (folder / "site").mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(text)
    return folder / "nginx.conf"


def command(config: Path, *arguments: str) -> list[str]:
    # As root nginx would work as `nobody`, who may not look into pytest's folders.
    user = "user root;" if os.geteuid() == 0 else ""
    return [str(NGINX), "-c", str(config), "-p", str(config.parent), "-g", f"daemon off; {user}", *arguments]


def complaints(config: Path) -> str:
    """What `nginx -t` says against it."""
    done = subprocess.run(command(config, "-t"), capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr
