"""Offensive language: which words, in which disguise, in which fields; and what is never looked at."""

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from glin_profanity.data.dictionary import dictionary
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLString, get_named_type
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from accounts.models import User
from config.middleware import offensive_language
from config.middleware.offensive_language import (
    INVISIBLE,
    MAX_LENGTH,
    SEEN_AS,
    Phrases,
    is_offensive,
    is_profane,
    plain,
    word_filter,
)
from messaging.models import Conversation, Message
from schema.documents import operation_of
from schema.schema import schema
from schema.texts import is_read, stored_texts
from tests.conftest import PASSWORD, Door, join
from tests.messaging.operations import document, gather, say, send_message, talk
from tests.operations import REGISTER, TOKEN_AUTH

RUDE = "shit"

# ── the decisions: words ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "shit", "SHIT", "Shit!", "what a load of shit.", "(shit)", "shit,shit", "well\nshit\n", "“shit”", "shit’s",
        "motherfucker", "piece of shit", "piece  of\nshit", "🖕", "you🖕🏽!",
    ],
)  # fmt: skip
def test_a_word_of_the_list_is_found(text):
    assert is_offensive(text)


@pytest.mark.parametrize(
    "text",
    ["sh1t", "sh!t", "$hit", "$h1t", "5hit", "b1tch", "@sshole", "a$$hole", "fvck", "phuck", "f*ck", "f**k", "sh*t"],
)
def test_leetspeak_is_read(text):
    assert is_offensive(f"oh {text} no")


@pytest.mark.parametrize(
    "text",
    [
        "ｓｈｉｔ", "𝖘𝖍𝖎𝖙", "𝓼𝓱𝓲𝓽", "𝚜𝚑𝚒𝚝", "ⓢⓗⓘⓣ", "🅂🄷🄸🅃", "🅢🅗🅘🅣", "🆂🅷🅸🆃", "🇸🇭🇮🇹", "ˢʰⁱᵗ", "ꜱʜɪᴛ", "fᴜᴄᴋ",
        "ѕhіt", "ѕһіt", "fuсk", "fυck", "fսck", "shít", "s̶h̶i̶t̶", "shıt", "bіtсh",
    ],
)  # fmt: skip
def test_letters_that_look_alike_are_read(text):
    assert is_offensive(f"oh {text} no")


@pytest.mark.parametrize(
    "text",
    [
        "s.h.i.t", "s-h-i-t", "s_h_i_t", "s h i t", "s  h  i  t", "s\nh\ni\nt", "s/h/i/t", "shiiiiit", "ssshhhiiittt",
        "s\u200bh\u200bi\u200bt", "s\u00adhit", "s\u2060hit", "s\ufe0fh\ufe0fi\ufe0ft", "sh\u202eit", "\ufeffshit",
        "_shit_", "__shit__", "*shit*", "**shit**", "~~shit~~", "`shit`", "<b>shit</b>", "&#115;hit", "sh&#x69;t",
        "_\u200bshit\u200b_",
    ],
)  # fmt: skip
def test_letters_set_apart_or_hidden_are_read(text):
    assert is_offensive(f"oh {text} no")


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe", "Essex", "Sussex", "Middlesex", "Penistone", "cocktail", "Hancock", "peacock", "assessment",
        "class", "assume", "Arsenal", "analysis", "cumulative", "magna cum laude", "therapist", "Hitchcock", "title",
        "shiitake", "Moby Dick", "Dick Cheney", "love you xxx", "how to kill a process", "kill -9 1", "this sucks",
        "sex education", "rape seed oil", "she was raped", "breast cancer", "the patient's rectum", "tit for tat",
        "git push --force", "XXL", "5m", "$100", "user@ssh.example.org", "some_snake_case_name", "__init__.py",
        "f(u, c) = k", "I, F, U: see Kantor", "", " ", "…", "日本語", "Привет, как дела?", "مرحبا", "🇩🇪🇫🇷",
        "👍🏽", "👩‍👩‍👧",
    ],
)  # fmt: skip
def test_what_people_say_passes(text):
    assert not is_offensive(text)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("  _so_ ", "so"),
        ("a_b", "a_b"),
        ("a__b", "a__b"),
        ("_a__b_", "a__b"),
        ("x\u200b\u200dy", "xy"),
        ("ꜱo 🅰", "so a"),
        ("größe", "größe"),
    ],
)
def test_what_a_reader_sees(text, seen):
    assert plain(text) == seen


@pytest.mark.parametrize(
    "text",
    ["455", "7175", "+49 455 1234567", "call 455-7175 (455)", "room 455, 7175!", "455%", "1,455.00 €", "$455", "4:55"],
)
def test_numbers_are_no_words(text):
    """With 4 for a and 5 for s, a telephone number could be anything."""
    assert not is_offensive(text)


@pytest.mark.parametrize("text", ["you a55", "you 455hole", "4ss", "455 sh1t"])
def test_a_letter_among_the_digits_makes_a_word(text):
    assert is_offensive(text)


@pytest.mark.parametrize("language", dictionary.available_languages)
def test_no_list_has_a_letter_that_is_read_as_another(language):
    known = {chr(code) for code in SEEN_AS}
    assert not [word for word in dictionary.get_words(language) if known & set(word) or INVISIBLE.search(word)]


def test_every_look_alike_is_another_letter_or_symbol():
    assert all(unicodedata.name(chr(code), "") and not chr(code).isascii() for code in SEEN_AS)


# ── the decisions: settings ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_word_can_be_added(settings):
    assert not is_offensive("you muppet")
    settings.OFFENSIVE_WORDS = ["muppet", " Total Plonker", "🍆"]
    assert is_offensive("you muppet")
    assert is_offensive("you MUPP3T")
    assert is_offensive("a total plonker")
    assert is_offensive("you🍆!")
    assert not is_offensive("muppets")


def test_a_word_can_be_allowed(settings):
    assert is_offensive("what a tosser")
    settings.ALLOWED_WORDS = ["whatever", " Tosser", "🖕"]
    assert not is_offensive("what a tosser 🖕")
    assert is_offensive("a tosser, and shit")


def test_other_languages_are_read_when_asked_for(settings):
    assert not is_offensive("du Arschloch")
    settings.OFFENSIVE_LANGUAGES = ["english", " german"]
    assert is_offensive("du Arschloch")
    assert is_offensive("shit")
    settings.OFFENSIVE_LANGUAGES = ["german"]
    assert is_offensive("du Arschloch")


@pytest.mark.parametrize("language", dictionary.available_languages)
def test_every_language_has_words_that_are_found(language, settings):
    settings.OFFENSIVE_LANGUAGES = [language]
    listed = [word for word in dictionary.get_words(language) if re.search(r"[^\W\d]", word)]
    words = [word for word in listed if word.lower() not in offensive_language.HARMLESS][:40]
    found = [word for word in words if is_offensive(word)]
    assert len(found) >= len(words) * 0.9


def test_what_stands_behind_the_longest_text_is_not_looked_at_since_no_field_takes_it():
    assert is_offensive("x" * (MAX_LENGTH - 5) + " shit")
    assert not is_offensive("x" * MAX_LENGTH + " shit")


@pytest.mark.parametrize("before", [" ", "\n", "\u200b", "_"])
def test_what_is_trimmed_away_does_not_hide_what_is_stored(before):
    assert is_offensive(before * MAX_LENGTH + "shit")


@pytest.mark.parametrize("text", ["_", "a_", "_a", "f.", "f ", "<", "&", "&#", "*", "s*", "l1|!", "\u200b", "a\u0336"])
def test_a_text_that_is_made_to_take_long_is_looked_at_in_steps_of_its_length(text):
    """Whatever is repeated: nothing that reads it goes back to the start at every place."""
    assert not is_offensive(text * (MAX_LENGTH // len(text)))


# ── the decisions: fields ────────────────────────────────────────────────────────────────────────────────────────────

UNREAD = {
    "ChangePasswordInput.currentPassword",
    "ChangePasswordInput.newPassword",
    "CreateConversationInput.idempotencyKey",
    "DeleteAccountInput.password",
    "RefreshTokenInput.refreshToken",
    "RegisterInput.device",
    "RegisterInput.email",
    "RegisterInput.password",
    "RegisterInput.phoneNumber",
    "RequestPasswordResetInput.email",
    "ResetPasswordInput.newPassword",
    "ResetPasswordInput.token",
    "RevokeTokenInput.refreshToken",
    "SendMessageInput.idempotencyKey",
    "TokenAuthInput.device",
    "TokenAuthInput.password",
    "TokenAuthInput.username",
    "UpdateProfileInput.email",
    "UpdateProfileInput.phoneNumber",
    "VerifyEmailInput.token",
    "VerifyTokenInput.token",
}
"""Texts that nobody else reads: secrets, addresses, keys, what is typed to sign in. A new one is thought about here."""


def strings(kind: GraphQLInputObjectType, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """(type and field, path, field) of every String below an input."""
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        here = f"{path}.{name}" if path else name
        if named is GraphQLString:
            yield f"{kind.name}.{name}", here, field
        elif isinstance(named, GraphQLInputObjectType):
            yield from strings(named, here)


def mutation_strings() -> Iterator[tuple[str, str, str, Any]]:
    """(mutation, type and field, path, field) of every String that a mutation takes."""
    for verb, mutation in schema._schema.mutation_type.fields.items():
        for argument, declared in mutation.args.items():
            kind = get_named_type(declared.type)
            assert argument == "input"
            assert isinstance(kind, GraphQLInputObjectType)
            yield from ((verb, *found) for found in strings(kind))


STRINGS = list(mutation_strings())


def test_every_text_of_every_mutation_is_looked_at_but_these():
    assert {place for _, place, _, field in STRINGS if not is_read(field)} == UNREAD


def smallest(kind: Any, path: str, text: str) -> Any:
    """The smallest value that fits an input type and has a text at a path."""
    if isinstance(kind, GraphQLNonNull):
        return smallest(kind.of_type, path, text)
    if isinstance(kind, GraphQLList):
        return [smallest(kind.of_type, path, text)] if path else []
    if not isinstance(kind, GraphQLInputObjectType):
        return text if kind is GraphQLString and not path else next(iter(getattr(kind, "values", ["x"])))
    first, _, rest = path.partition(".")
    return {
        name: smallest(field.type, rest if name == first else "", text if name == first else "x")
        for name, field in kind.fields.items()
        if name == first or isinstance(field.type, GraphQLNonNull)
    }


def send(client: Client, query: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    text = json.dumps({"query": query, **body})
    return client.post("/graphql", text, content_type="application/json", headers=headers or {})


def codes(response: Any) -> set[str]:
    return {error["extensions"]["code"] for error in response.json().get("errors", [])}


@pytest.mark.parametrize(
    ("verb", "place", "path", "field"), [pytest.param(*one, id=f"{one[0]}.{one[2]}") for one in STRINGS]
)
def test_a_rude_text_in_any_field_of_any_mutation(client, db, verb, place, path, field):
    kind = schema._schema.mutation_type.fields[verb].args["input"].type
    query = f"mutation($input: {kind}) {{ {verb}(input: $input) {{ errors {{ code }} }} }}"
    response = send(client, query, variables={"input": smallest(kind, path, RUDE)})
    if place in UNREAD:
        assert "OFFENSIVE_LANGUAGE" not in codes(response)
    else:
        assert response.json()["errors"][0]["extensions"] == {"code": "OFFENSIVE_LANGUAGE", "field": path}


def texts(query: str, **body: Any) -> list[tuple[str, str]]:
    request = RequestFactory().post("/graphql", json.dumps({"query": query, **body}), content_type="application/json")
    return list(stored_texts(operation_of(request)))


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ('mutation { sendMessage(input: {conversationId: "c", body: "b"}) { x } }', {}, [("body", "b")]),
        ('mutation { sendMessage(input: {body: """\n  b\n"""}) { x } }', {}, [("body", "b")]),
        ('mutation { sendMessage(input: {body: "\\u0062"}) { x } }', {}, [("body", "b")]),
        ("mutation($i: SendMessageInput!) { sendMessage(input: $i) { x } }", {"i": {"body": "b"}}, [("body", "b")]),
        ("mutation($b: String!) { sendMessage(input: {body: $b}) { x } }", {"b": "b"}, [("body", "b")]),
        ('mutation($b: String! = "b") { sendMessage(input: {body: $b}) { x } }', {}, [("body", "b")]),
        ('mutation($b: String = "b") { sendMessage(input: {body: $b}) { x } }', {"b": "other"}, [("body", "other")]),
        ('mutation($b: String = "b") { sendMessage(input: {body: $b}) { x } }', {"b": None}, []),
        (
            'mutation($i: SendMessageInput! = {body: "b"}) { sendMessage(input: $i) { x } }',
            {},
            [("body", "b")],
        ),
        # by aliases and through fragments
        (
            'mutation { a: sendMessage(input: {body: "1"}) { x } ...F } '
            'fragment F on Mutation { ... { updateConversation(input: {title: "2"}) { x } } }',
            {},
            [("body", "1"), ("title", "2")],
        ),
        ('mutation { sendMessage(input: {body: "b"}) @skip(if: true) { x } }', {}, [("body", "b")]),
        # what is not stored
        ('mutation { sendMessage(input: {idempotencyKey: "k"}) { x } }', {}, []),
        ('mutation { sendMessage(input: {conversationId: "c", replyToId: "r"}) { x } }', {}, []),
        ('query { conversations(filters: {search: "s"}) { totalCount } }', {}, []),
        ('{ sendMessage(input: {body: "b"}) { x } }', {}, []),
        ("mutation($b: String) { logout { x } }", {"b": "b", "c": "c"}, []),
        # what does not fit
        ("mutation($b: String) { sendMessage(input: {body: $b}) { x } }", {}, []),
        ("mutation { sendMessage(input: {body: 5}) { x } }", {}, []),
        ("mutation { sendMessage(input: {body: [[b]]}) { x } }", {}, []),
        ('mutation { sendMessage(input: "b") { x } }', {}, []),
        ("mutation { sendMessage(input: $none) { x } }", {}, []),
        ('mutation { sendMessage(input: {nothing: "b"}, other: "b") { x } }', {}, []),
        ('mutation { nothing(input: {body: "b"}) { x } }', {}, []),
        ('mutation { ...F } fragment F on Mutation { ...F nothing(a: "b") }', {}, []),
        ("mutation {", {}, []),
    ],
)
def test_which_texts_would_be_stored(query, variables, expected):
    assert texts(query, variables=variables) == expected


# ── through the door ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def direct(alice: Door, bob: Door) -> str:
    return talk(alice, bob)


def test_a_rude_message_is_refused_and_not_sent(alice, direct):
    response = alice.post(document("sendMessage"), {"input": {"conversationId": direct, "body": "Oh shit!"}})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response.json() == {
        "errors": [
            {
                "message": "The text holds an offensive word.",
                "extensions": {"code": "OFFENSIVE_LANGUAGE", "field": "body"},
            }
        ]
    }
    assert not Message.objects.exists()


def test_in_the_newer_media_type_it_is_a_bad_request(alice, direct):
    response = alice.post(
        document("sendMessage"),
        {"input": {"conversationId": direct, "body": RUDE}},
        HTTP_ACCEPT="application/graphql-response+json",
    )
    assert (response.status_code, codes(response)) == (400, {"OFFENSIVE_LANGUAGE"})


def test_a_rude_word_is_not_told_back_nor_logged(alice, direct, caplog):
    response = alice.post(document("sendMessage"), {"input": {"conversationId": direct, "body": f"x {RUDE} y"}})
    assert RUDE not in response.text
    assert RUDE not in caplog.text


def test_beside_a_rude_text_nothing_else_is_done(alice, direct):
    query = f"""mutation {{
      kind: sendMessage(input: {{conversationId: "{direct}", body: "hello"}}) {{ errors {{ code }} }}
      rude: sendMessage(input: {{conversationId: "{direct}", body: "{RUDE}"}}) {{ errors {{ code }} }}
    }}"""
    assert alice.refused(query) == "OFFENSIVE_LANGUAGE"
    assert not Message.objects.exists()


def test_a_rude_text_in_an_operation_that_is_not_run_is_not_looked_at(alice, direct):
    two = f"""
      mutation Kind {{ sendMessage(input: {{conversationId: "{direct}", body: "hello"}}) {{ errors {{ code }} }} }}
      mutation Rude {{ sendMessage(input: {{conversationId: "{direct}", body: "{RUDE}"}}) {{ errors {{ code }} }} }}
    """
    as_alice = {"Authorization": f"Bearer {alice.token}"}
    assert codes(send(alice.client, two, as_alice, operationName="Rude")) == {"OFFENSIVE_LANGUAGE"}
    assert codes(send(alice.client, two, as_alice, operationName="Kind")) == set()
    assert Message.objects.get().body == "hello"


def test_two_texts_under_one_name_in_the_answer_are_no_way_in(alice, direct):
    for first, second in (("hello", RUDE), (RUDE, "hello")):
        query = f"""mutation {{
          a: sendMessage(input: {{conversationId: "{direct}", body: "{first}"}}) {{ errors {{ code }} }}
          a: sendMessage(input: {{conversationId: "{direct}", body: "{second}"}}) {{ errors {{ code }} }}
        }}"""
        assert alice.refused(query) in ("OFFENSIVE_LANGUAGE", "GRAPHQL_VALIDATION_FAILED")
    assert not Message.objects.exists()


def test_a_rude_text_hidden_behind_blanks_is_not_stored(alice, direct):
    given = {"conversationId": direct, "body": " " * MAX_LENGTH + RUDE}
    assert alice.refused(document("sendMessage"), input=given) == "OFFENSIVE_LANGUAGE"
    assert not Message.objects.exists()


def test_a_message_is_not_made_rude_by_editing(alice, direct):
    message = say(alice, direct, "hello")
    assert alice.refused(document("editMessage"), input={"messageId": message, "body": RUDE}) == "OFFENSIVE_LANGUAGE"
    assert Message.objects.get().body == "hello"


def test_nor_is_a_group(alice, bob):
    group = gather(alice, bob, title="team")
    given = {"conversationId": group, "title": f"{RUDE} team"}
    assert alice.refused(document("updateConversation"), input=given) == "OFFENSIVE_LANGUAGE"
    assert Conversation.objects.get().title == "team"


def test_nobody_registers_under_a_rude_name(client, db):
    given = {"username": "sh1t", "email": "dora@example.com", "password": PASSWORD}
    response = send(client, REGISTER, variables={"input": given})
    assert response.json()["errors"][0]["extensions"] == {"code": "OFFENSIVE_LANGUAGE", "field": "username"}
    assert not User.objects.exists()


def test_secrets_and_addresses_may_be_whatever_they_are(anyone, db):
    given = {"username": "dora", "email": "shit@example.com", "password": "motherfucker, shit and bitch"}
    assert anyone.ask(REGISTER, input=given)["register"]["errors"] == []
    signed_in = anyone.ask(TOKEN_AUTH, input={"username": given["email"], "password": given["password"]})
    assert signed_in["tokenAuth"]["errors"] == []


def test_whatever_a_device_is_called_its_person_signs_in(anyone, db):
    given = {"username": "dora", "email": "dora@example.com", "password": PASSWORD, "device": "Dick's phone"}
    assert anyone.ask(REGISTER, input=given)["register"]["errors"] == []
    given = {"username": "dora", "password": PASSWORD, "device": "that damn shit tablet"}
    assert anyone.ask(TOKEN_AUTH, input=given)["tokenAuth"]["errors"] == []


def test_a_key_may_be_whatever_it_is(alice, direct):
    send_message(alice, direct, "hello", idempotencyKey="shit")
    assert Message.objects.get().idempotency_key == "shit"


def test_people_whose_name_is_rude_since_before_sign_in(anyone, db):
    join("shit")
    assert anyone.ask(TOKEN_AUTH, input={"username": "shit", "password": PASSWORD})["tokenAuth"]["errors"] == []


def test_what_was_said_can_be_searched_for(alice):
    assert "errors" not in alice.post('{ conversations(filters: {search: "shit"}) { totalCount } }').json()
    assert "errors" not in alice.post("{ shit: users { totalCount } } # shit").json()


def test_off_is_off(alice, direct, settings):
    settings.OFFENSIVE_LANGUAGE = "off"
    send_message(alice, direct, RUDE)
    assert Message.objects.get().body == RUDE


def test_what_is_stored_is_what_was_typed(alice, direct):
    typed = "_so_ \u200bꜱᴏ 🅰 xxx"
    send_message(alice, direct, typed)
    assert Message.objects.get().body == typed


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (f'mutation {{ sendMessage(input: {{body: "{RUDE}"', {}, "GRAPHQL_PARSE_FAILED"),
        (f'mutation {{ nothing(input: {{body: "{RUDE}"}}) }}', {}, "GRAPHQL_VALIDATION_FAILED"),
        (f'mutation A {{ a(b: "{RUDE}") }} mutation B {{ a }}', {}, "OPERATION_RESOLUTION_FAILURE"),
        (document("sendMessage"), {"input": [[RUDE]]}, "BAD_USER_INPUT"),
        (document("sendMessage"), {"input": {"conversationId": "x", "body": [RUDE]}}, "BAD_USER_INPUT"),
        (document("sendMessage"), {"input": RUDE}, "BAD_USER_INPUT"),
        (document("sendMessage"), {}, "BAD_USER_INPUT"),
    ],
)
def test_what_cannot_be_run_is_told_so(alice, query, variables, code):
    assert codes(alice.post(query, variables)) == {code}


def test_a_rude_mutation_by_get_is_told_that_it_is_by_get(client, db):
    response = client.get(
        "/graphql", {"query": f'mutation {{ updateConversation(input: {{title: "{RUDE}"}}) {{ x }} }}'}
    )
    assert (response.status_code, codes(response)) == (405, {"METHOD_NOT_ALLOWED"})


def test_rude_extensions_and_headers_are_nobodys_text(alice, direct):
    given = {"input": {"conversationId": direct, "body": "hello"}}
    headers = {"Authorization": f"Bearer {alice.token}", "X-Apollo-Operation-Name": RUDE}
    response = send(alice.client, document("sendMessage"), headers, variables=given, extensions={"note": RUDE})
    assert codes(response) == set()


def test_a_huge_list_of_ids_is_not_text(alice):
    given = {"input": {"title": "team", "participantIds": [RUDE] * 5_000}}
    assert "OFFENSIVE_LANGUAGE" not in codes(alice.post(document("createConversation"), given))


def test_the_page_of_graphiql_and_the_admin_are_not_looked_at(client, db, settings):
    settings.GRAPHIQL = True
    assert client.get(f"/graphql?note={RUDE}", headers={"Accept": "text/html"}).status_code == 200
    assert client.post("/admin/login/", {"username": RUDE, "password": RUDE}).status_code == 200


# ── phrases, which are looked for in two steps ───────────────────────────────────────────────────────────────────────


def phrases_of(languages: tuple[str, ...]) -> Phrases:
    found = word_filter(languages, ("İstanbul-x", "Ein Wort"), (), is_ascii=False)._scanner._rest_any
    assert isinstance(found, Phrases)
    return found


def test_the_first_step_changes_no_verdict_about_any_phrase_of_any_language():
    phrases = phrases_of(tuple(dictionary.available_languages))
    assert len(phrases.phrases) > 500
    for phrase in phrases.phrases:
        around = [mark.format(phrase) for mark in ("{}", "oh {}!", "x{}x", "é{}é", "_{}_", "1{}1", "家{}家")]
        for text in (*around, phrase[:-1], phrase.upper(), phrase.swapcase()):
            found, expected = phrases.search(text.lower()), phrases.expression.search(text.lower())
            assert (found and found.span()) == (expected and expected.span()), text


def test_an_innocent_text_is_not_searched_for_each_phrase_at_every_place():
    phrases = Phrases(("son of", "F*ck"), None)
    assert phrases.search("see you at the station") is None
    with pytest.raises(AttributeError):
        phrases.search("what the f*ck")


# ── plain prose, of which most is the same ───────────────────────────────────────────────────────────────────────────


def listed(language: str) -> list[str]:
    return sorted(dictionary.get_words(language))


SIGNS = "aAbiouy.,;:'\"- \n\t!?1*"
WORDS = [" ", " ", " a ", "it's", "well-known", "letter", "coffee", "...", "ass", "Class", "fuck"]
PIECES = st.sampled_from([*SIGNS, *WORDS, *listed("english")])


@given(st.lists(PIECES, max_size=12).map("".join))
@how(max_examples=int(os.environ.get("FUZZ_EXAMPLES", "300")))
def test_the_verdict_is_the_same_with_and_without_the_short_cut(text):
    words = word_filter(("english",), (), (), is_ascii=True)
    assert is_profane(words, text) == words.is_profane(text)


def test_every_word_of_the_list_is_found_in_prose_doubled_and_apart():
    words = word_filter(("english",), (), (), is_ascii=True)
    for word in listed("english"):
        doubled, apart = "".join(letter * 2 for letter in word), " ".join(word)
        for text in (f"You {word}, you.", f"You {doubled} there", apart, word.upper(), f"{word}s", f"'{word}'"):
            assert is_profane(words, text) == words.is_profane(text), text


def test_plain_prose_is_not_taken_apart(monkeypatch):
    words = word_filter(("english",), (), (), is_ascii=True)
    monkeypatch.setattr(words, "is_profane", None)
    assert not is_profane(words, "See you at the station, and bring the coffee. It's - well, good: 'really'.")


# ── the order of the guards ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_guards_stand_behind_authentication_and_the_cheap_ones_first(settings):
    order = [name.rsplit(".", 1)[1] for name in settings.MIDDLEWARE if name.startswith("config.middleware.")]
    guards = ["RequestLog", "Authentication", "Limits", "AccessHours", "RateLimit", "OffensiveLanguage"]
    assert [name for name in order if name in guards] == guards


def test_who_asks_rudely_too_often_is_told_that_it_is_too_often(alice, direct, settings):
    settings.RATE_LIMITS, settings.REDIS_URL = "send=1/1m", ""
    given = {"input": {"conversationId": direct, "body": RUDE}}
    assert [codes(alice.post(document("sendMessage"), given)) for _ in range(2)] == [
        {"OFFENSIVE_LANGUAGE"},
        {"RATE_LIMITED"},
    ]


def test_outside_the_hours_nothing_is_read_and_nothing_counted(alice, direct, settings):
    later = datetime.now(UTC) + timedelta(hours=2)
    settings.RATE_LIMITS, settings.REDIS_URL, settings.ACCESS_HOURS = "send=1/1m", "", f"{later:%H}:00-{later:%H}:30"
    given = {"input": {"conversationId": direct, "body": RUDE}}
    assert codes(alice.post(document("sendMessage"), given)) == {"OUTSIDE_ACCESS_HOURS"}
    settings.ACCESS_HOURS = "off"
    assert codes(alice.post(document("sendMessage"), given)) == {"OFFENSIVE_LANGUAGE"}
