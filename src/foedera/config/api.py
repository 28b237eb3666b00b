"""The API of the whole house: each room's router under one root."""

import importlib
import importlib.util

from foedera.platform.api.root import make_api

api = make_api()
for name in (
    "foedera.agreements.api",
    "foedera.agreements.coverage.api",
    "foedera.agreements.review.api",
    "foedera.directory.api",
):
    try:
        there = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        there = None
    if there:
        api.add_router("", importlib.import_module(name).router)
