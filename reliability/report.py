"""The report: a table in Markdown, one line for each scenario."""

from reliability.runs import Result
from reliability.scenarios import Scenario

NUMBERS = ("L0", "D0", "O0", "G0", "V0")
HEAD = f"""\
| row | scenario | what happened | {" | ".join(NUMBERS)} | as promised |
|---|---|---|{"--:|" * len(NUMBERS)}---|"""


def row_of(scenario: Scenario, result: Result | None, seconds: float) -> str:
    if result is None:
        return f"| {scenario.row} | {scenario.title} | could not be played | {' | ' * len(NUMBERS)}no |"
    figures = {**result.figures, "took": f"{seconds:.0f} s"}
    happened = " · ".join(f"{name}: {value}" for name, value in figures.items())
    numbers = " | ".join(f"{number:,}" for number in result.verdict.numbers.values())
    failed = [*result.broken, *result.late, *(["see the findings"] if result.verdict.sentences else [])]
    kept = "no: " + "; ".join(failed) if failed else "yes"
    return f"| {scenario.row} | {scenario.title} | {happened} | {numbers} | {kept} |"
