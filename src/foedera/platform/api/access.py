"""Keys of repeated requests are their person's alone."""

from foedera.platform.access.fences import declare, of_person

from .models import IdempotencyKey

declare(IdempotencyKey, of_person())
