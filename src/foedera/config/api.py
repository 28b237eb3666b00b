"""The API of the whole house: each room's router under one root."""

from foedera.accounts.api import router as accounts
from foedera.agreements.api import router as agreements
from foedera.agreements.coverage.api import router as coverage
from foedera.agreements.review.api import router as review
from foedera.directory.api import router as directory
from foedera.platform.api.root import make_api
from foedera.platform.following.api import router as following
from foedera.platform.history.api import router as history
from foedera.platform.jobs.api import router as jobs
from foedera.platform.lists.bulk.api import router as bulk
from foedera.platform.lists.delivering.api import router as exports
from foedera.platform.lists.saving.api import router as views
from foedera.platform.merging.api import router as merges
from foedera.platform.notes.api import router as notes
from foedera.platform.notices.api import router as notices
from foedera.platform.proposals.api import router as proposals
from foedera.platform.readers.api import router as readers
from foedera.platform.reminders.api import router as reminders
from foedera.platform.rights.api import router as rights
from foedera.platform.search.api import router as search
from foedera.platform.tags.api import router as tags
from foedera.platform.webhooks.api import router as webhooks

api = make_api()
for router in (
    agreements,
    review,
    coverage,
    directory,
    history,
    jobs,
    notices,
    views,
    exports,
    search,
    proposals,
    notes,
    bulk,
    webhooks,
    following,
    tags,
    readers,
    rights,
    reminders,
    accounts,
    merges,
):
    api.add_router("", router)
