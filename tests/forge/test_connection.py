"""Limits, outages, refusals and redirects, and that the token is never seen. On GitHub; all three share this."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from email.utils import formatdate

import pytest

from render.errors import InputError, MeshrevError, OutsideError
from render.forge.forge import Forge, open_or_update
from render.forge.types import PullRequestSpec
from tests.forge.conftest import Clock, Opened
from tests.support.forge.github_server import GitHubServer
from tests.support.forge.gitlab_server import GitLabServer
from tests.support.forge.server import ForgeServer
from tests.support.forge.wire import Answer, Request

WANTED = PullRequestSpec("Promote", "what", "promote", "main")
NOW = int(Clock.now)
USED_UP = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + 20)}


# Limits


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(403, {"message": "API rate limit exceeded"}, USED_UP), 20),
        (Answer(429, {"message": "API rate limit exceeded"}, USED_UP), 20),
        (Answer(403, {"message": "You have exceeded a secondary rate limit."}, {"Retry-After": "7"}), 7),
        (Answer(403, {"message": "You have exceeded a secondary rate limit."}), 60),
        (Answer(429, text="slow down", headers={"Retry-After": formatdate(NOW + 9, usegmt=True)}), 9),
        (Answer(429, text="slow down", headers={"Retry-After": "0"}), 1),
        (Answer(429, text="Retry later", headers={"RateLimit-Remaining": "0", "RateLimit-Reset": str(NOW + 5)}), 5),
    ],
)
def test_a_limit_is_waited_for(
    github: GitHubServer, opened: Opened, clock: Clock, answer: Answer, seconds: float
) -> None:
    github.fail(answer)
    assert opened(github).find("promote", "main") is None
    assert clock.slept == [seconds]


def test_a_limit_holds_for_opening_as_well(github: GitHubServer, opened: Opened, clock: Clock) -> None:
    def limited(request: Request) -> Answer | None:
        if request.method == "GET":
            github.before.append(limited)
            return None
        answer = Answer(403, {"message": "API rate limit exceeded"}, USED_UP)
        github.answered_elsewhere.append(answer)
        return answer

    github.before.append(limited)
    assert open_or_update(opened(github), WANTED)[1] == "opened"
    assert (len(github.pulls), clock.slept) == (1, [20])


def test_a_long_limit_is_not_waited_for_but_told(github: GitHubServer, opened: Opened, clock: Clock) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + 1800)}
    github.fail(Answer(403, {"message": "API rate limit exceeded"}, headers))
    with pytest.raises(OutsideError) as caught:
        opened(github).find("promote", "main")
    assert "rate limit is used up: try again after 2027-01-15 08:30:00 UTC" in str(caught.value)
    assert clock.slept == []


@pytest.mark.parametrize("name", ["Retry-After", "X-RateLimit-Reset"])
def test_a_limit_without_end_is_told(github: GitHubServer, opened: Opened, name: str) -> None:
    github.fail(Answer(429, text="", headers={name: "9" * 400}))
    with pytest.raises(OutsideError, match="try again after 2028-01-15"):
        opened(github).find("promote", "main")


@pytest.mark.parametrize("written", ["soon", "Mon, 99 Foo 2026 00:00:00 GMT", "-1", ""])
def test_a_limit_that_says_no_time_is_waited_for_a_minute(
    github: GitHubServer, opened: Opened, clock: Clock, written: str
) -> None:
    github.fail(Answer(429, text="", headers={"Retry-After": written}))
    opened(github).find("promote", "main")
    assert clock.slept == [60]


def test_the_waits_of_one_connection_are_bounded_together(github: GitHubServer, opened: Opened, clock: Clock) -> None:
    github.fail(*[Answer(429, text="", headers={"Retry-After": "25"})] * 3)
    with pytest.raises(OutsideError, match="rate limit"):
        opened(github).find("promote", "main")
    assert clock.slept == [25, 25]


def test_a_refusal_beside_a_limit_that_is_not_used_up_is_a_refusal(
    github: GitHubServer, opened: Opened, clock: Clock
) -> None:
    headers = {"X-RateLimit-Remaining": "4321", "X-RateLimit-Reset": str(NOW + 20)}
    github.fail(Answer(403, {"message": "Resource not accessible by integration"}, headers))
    with pytest.raises(InputError, match=r"Resource not accessible by integration; needed is .*'Pull requests'"):
        opened(github).find("promote", "main")
    assert clock.slept == []


# Outages


def test_each_try_that_is_made_again_is_told_of(
    github: GitHubServer, opened: Opened, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="meshrev.forge")
    github.fail(Answer(503, {"message": "busy"}), Answer(429, text="", headers={"Retry-After": "25"}))
    opened(github).find("promote", "main")
    first, second = caplog.messages
    assert first.endswith("it answers 503 busy: tried again in 1 s")
    assert second.endswith("its rate limit is used up: tried again in 25 s")


@pytest.mark.parametrize("answer", [Answer(500, text=""), Answer(503, {"message": "busy"}), Answer(0, dropped=True)])
def test_a_question_is_asked_again(github: GitHubServer, opened: Opened, clock: Clock, answer: Answer) -> None:
    github.fail(answer, answer)
    assert opened(github).find("promote", "main") is None
    assert clock.slept == [1, 2]


def test_a_question_is_asked_three_times_at_most(github: GitHubServer, opened: Opened) -> None:
    github.fail(*[Answer(503, {"message": "busy"})] * 9)
    with pytest.raises(OutsideError, match=r"GitHub at 127\.0\.0\.1:\d+: it answers 503 busy: try again later"):
        opened(github).find("promote", "main")
    assert len(github.exchanges) == 3


def test_a_forge_that_cannot_be_reached_is_told_of(github: GitHubServer, opened: Opened) -> None:
    forge = opened(github, api="http://127.0.0.1:9/api/v3", project="org/fleet")
    with pytest.raises(OutsideError, match=r"GitHub at 127\.0\.0\.1:9: it cannot be reached"):
        forge.find("promote", "main")


# Refusals


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(401, {"message": "Bad credentials"}), r"does not accept the token in GH_ENTERPRISE_TOKEN .*Bad cred"),
        (Answer(403, {"message": "no"}, {"X-GitHub-SSO": "required"}), "authorized for the organization's single sign"),
        (Answer(404, {"message": "Not Found"}), "/repos/org/fleet/pulls is not there, or the token .* cannot see it"),
        (
            Answer(422, {"message": "Validation Failed", "errors": [{"field": "base", "code": "invalid"}]}),
            "base is inv",
        ),
        (Answer(451, {"message": "line\none\x1b[31m"}), r"refuses GET .* \(451\): line one"),
        (Answer(200, text="<html>Sign in</html>"), "does not answer like the API of GitHub: correct spec.forge.url"),
        (Answer(200, {"not": "a list"}), "does not answer like the API of GitHub"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    github: GitHubServer, opened: Opened, answer: Answer, told: str
) -> None:
    github.fail(answer)
    with pytest.raises(InputError, match=told) as caught:
        opened(github).find("promote", "main")
    (finding,) = caught.value.findings
    assert finding.message.isprintable()
    assert len(github.exchanges) == 1


@pytest.mark.parametrize("data", [[{"number": 7}], [7], [{"head": None}]])
def test_an_answer_without_what_is_documented_is_none(server: ForgeServer, opened: Opened, data: object) -> None:
    server.fail(Answer(200, data))
    with pytest.raises(OutsideError, match="answers otherwise than documented"):
        opened(server).find("promote", "main")


def test_a_long_refusal_is_cut(github: GitHubServer, opened: Opened) -> None:
    github.fail(Answer(400, {"message": "x" * 10_000}))
    with pytest.raises(InputError) as caught:
        opened(github).find("promote", "main")
    assert len(str(caught.value)) < 500


# Redirects


def test_a_renamed_repository_is_followed_on_the_same_host(github: GitHubServer, opened: Opened) -> None:
    pull = github.add()
    moved = f"{github.url}/repos/org/fleet/pulls/7"
    github.fail(Answer(301, {"message": "Moved Permanently"}, {"Location": moved}))
    assert opened(github).status(pull.number).pull_request.number == 7


def test_the_token_does_not_follow_to_another_host(server: ForgeServer, opened: Opened) -> None:
    with GitHubServer() as other:
        server.fail(Answer(302, {}, {"Location": f"{other.address}/api/v3/repos/org/fleet/pulls"}))
        with pytest.raises(InputError, match=r"sends requests on to 127\.0\.0\.1, and the token is not sent there"):
            opened(server).find("promote", "main")
        assert other.exchanges == []


def test_redirects_in_a_circle_end(github: GitHubServer, opened: Opened) -> None:
    github.fail(*[Answer(302, {}, {"Location": f"{github.url}/repos/org/fleet/pulls"})] * 9)
    with pytest.raises(OutsideError, match="redirects lead nowhere"):
        opened(github).find("promote", "main")
    assert len(github.exchanges) == 4


def test_opening_is_not_turned_into_a_question_by_a_redirect(github: GitHubServer, opened: Opened) -> None:
    github.lose(Answer(301, {}, {"Location": f"{github.url}/repos/org/fleet/pulls"}))
    with pytest.raises(InputError, match="org/fleet has moved"):
        open_or_update(opened(github), WANTED)


# The token


def failures() -> list[Callable[[ForgeServer], None]]:
    echo = {"message": f"your token {ForgeServer.token} is bad", "error": ForgeServer.token}
    return [
        lambda server: server.fail(Answer(401, echo)),
        lambda server: server.fail(Answer(403, echo)),
        lambda server: server.fail(Answer(404, echo)),
        lambda server: server.fail(Answer(422, echo)),
        lambda server: server.fail(*[Answer(500, echo)] * 3),
        lambda server: server.fail(*[Answer(0, dropped=True)] * 3),
        lambda server: server.fail(Answer(429, echo, {"Retry-After": "900"})),
        lambda server: server.fail(Answer(302, echo, {"Location": "https://example.com/"})),
        lambda server: server.fail(Answer(200, text=ForgeServer.token)),
        lambda server: server.lose(Answer(403, echo)),
    ]


def test_the_token_is_in_no_message(server: ForgeServer, opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = []
    for fail in failures():
        server.before.clear()
        server.after.clear()
        fail(server)
        forge = opened(server)
        try:
            open_or_update(forge, WANTED)
        except MeshrevError as error:
            seen.append("".join(traceback.format_exception(error)) + repr(error))
        seen.append(repr(forge) + repr(forge.connection) + str(forge.connection.token))
    assert len(seen) == 2 * len(failures())
    shown = "\n".join([*seen, caplog.text])
    assert server.tokens in shown
    assert ForgeServer.token not in shown


def test_the_token_goes_to_no_other_address_than_the_headers(server: ForgeServer, opened: Opened) -> None:
    open_or_update(opened(server), WANTED)
    for request, _ in server.exchanges:
        assert ForgeServer.token not in f"{request.path}{request.query}{request.body!r}"
        assert [name for name, value in request.headers.items() if ForgeServer.token in value] == ["authorization"]


def test_no_proxy_carries_what_is_meant_for_the_machine_itself(
    github: GitHubServer, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GitHubServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        opened(github).find("promote", "main")
        assert proxy.exchanges == []


def test_a_forge_can_be_left(gitlab: GitLabServer, opened: Opened) -> None:
    with opened(gitlab) as forge:
        assert isinstance(forge, Forge)
    with pytest.raises(RuntimeError, match="closed"):
        forge.find("promote", "main")
