"""Versions of the text: kept by their content, once for each kind and language, and told in the history."""

from __future__ import annotations

import io

import pytest

from foedera.agreements.models import TextVersion
from foedera.agreements.tests import make
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.documents.storing import DOCUMENTS, open_stored, store
from foedera.platform.history.queries import timeline

pytestmark = pytest.mark.django_db


def test_a_version_keeps_its_content_its_words_and_its_place_in_the_timeline() -> None:
    world = make.world()
    by = make.actor(Role.COORDINATOR, world.ministry)
    agreement = make.agreement(by)
    content = b"Article 1\nThe parties trade.\n"
    file = store("text.txt", io.BytesIO(content), DOCUMENTS)
    values = {"kind": "signed", "language": "en", "digest": file.digest, "file_name": "text.txt"}
    perform(action_named("agreements.add_text"), by, values=values, record=agreement, version=agreement.version)
    text = TextVersion.objects.get(agreement=agreement)
    with open_stored(text.file) as kept:
        assert kept.read() == content
    assert (text.words, text.file_name, text.kind) == (content.decode(), "text.txt", "signed")
    assert timeline(agreement)[0].action == "agreements.add_text"
    agreement.refresh_from_db()
    with pytest.raises(Invalid, match="This file is there already"):
        perform(action_named("agreements.add_text"), by, values=values, record=agreement, version=agreement.version)
    assert TextVersion.objects.count() == 1
