"""Whether the time of a refused log-in tells that a name exists: a known and an unknown one in turns, wrong passwords.

The hasher is production's, Argon2.
"""

import random
import statistics
import sys

from server import HEADING, serving, told

TRIES = 200
LIMIT = 0.05  # of the medians: docs/security.md, row 26
REGISTER = "mutation($input: RegisterInput!) { register(input: $input) { errors { code } } }"
TOKEN_AUTH = "mutation($input: TokenAuthInput!) { tokenAuth(input: $input) { token errors { code message field } } }"  # noqa: S105 - a document
WARM_UP = 10


def main() -> int:
    person = {"username": "known", "email": "known@example.com", "password": "correct horse battery"}
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    answers = set()
    with serving() as server:
        assert server.ask(REGISTER, {"input": person})[1]["data"]["register"]["errors"] == []
        for place in range(WARM_UP + TRIES):
            for name in random.sample(sorted(times), k=2):  # neither is always the first
                given = {"username": name if name == "known" else f"nobody{place}", "password": f"wrong {place}"}
                taken, answer = server.ask(TOKEN_AUTH, {"input": given})
                answers.add(str(answer))
                if place >= WARM_UP:
                    times[name].append(taken)
    (answer,) = answers
    assert "INVALID_CREDENTIALS" in answer
    print(HEADING)
    for name, taken in times.items():
        print(told(f"{name} name, wrong password", taken))
    known, unknown = (statistics.median(times[name]) for name in ("known", "unknown"))
    difference = abs(known - unknown) / known
    print(f"The medians of {TRIES} tries each differ by {difference:.1%}; at most {LIMIT:.0%} is wanted.")
    return difference > LIMIT


if __name__ == "__main__":
    sys.exit(main())
