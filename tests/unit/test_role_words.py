"""Each role is said in a sentence, and none of what it may is forgotten."""

from __future__ import annotations

import pytest

from jobs.access.role_words import PHRASES, role_in_words
from jobs.access.roles import OWN, Role


def test_every_right_of_ours_but_to_look_and_to_limit_is_said() -> None:
    said = {permission for _, permissions in PHRASES for permission in permissions}
    ours = {label for own in OWN.values() for label in own if label.startswith("beatwright.")}
    assert {
        label for label in ours - said if ".view_" not in label and "_restriction" not in label
    } == set()


def test_every_phrase_belongs_to_one_role() -> None:
    for phrase, permissions in PHRASES:
        assert sum(set(permissions) <= own for own in OWN.values()) == 1, phrase


@pytest.mark.parametrize("role", list(Role)[1:])
def test_a_role_is_said_to_hold_the_one_before(role: Role) -> None:
    before = list(Role)[list(Role).index(role) - 1]
    assert f" {before} can, and " in role_in_words(role)


def test_what_an_operator_may_is_in_their_sentence_alone() -> None:
    assert "pause queues" in role_in_words(Role.OPERATOR)
    assert "pause queues" not in role_in_words(Role.EDITOR)
