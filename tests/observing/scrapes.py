"""What Prometheus would read from a process."""

import http.client

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.live.process import Process
from tests.servers import PATIENCE

TOKEN = "a token for the one who scrapes"


def ask(process: Process, token: str | None = TOKEN, host: str = "web:8000") -> http.client.HTTPResponse:
    """An answer that is not read yet, as to one who asks by a name that is not among ALLOWED_HOSTS."""
    line = http.client.HTTPConnection("127.0.0.1", process.port, timeout=PATIENCE)
    header = {} if token is None else {"Authorization": f"Bearer {token}"}
    line.request("GET", "/metrics", headers={"Host": host, "Connection": "close", **header})
    return line.getresponse()


class Scrape:
    def __init__(self, process: Process) -> None:
        with ask(process) as response:
            text = response.read().decode()
        self.samples: list[Sample] = [one for family in text_string_to_metric_families(text) for one in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """Of the samples with these labels together."""
        found = [one.value for one in self.samples if one.name == name and labels.items() <= one.labels.items()]
        return sum(found)

    def labels(self, name: str, label: str) -> set[str]:
        return {one.labels[label] for one in self.samples if one.name == name}
