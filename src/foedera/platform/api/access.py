"""Keys of repeated requests are their person's alone. Those of programs of bodies stand below zero, where no person is."""

from foedera.platform.access.fences import PERSON, SIGNED_IN, Fence, declare

from .models import IdempotencyKey

OWN = f"{{row}}.person_id = {PERSON} OR ({PERSON} IS NULL AND {SIGNED_IN} AND {{row}}.person_id < 0)"
declare(IdempotencyKey, Fence(OWN, writes=OWN))
