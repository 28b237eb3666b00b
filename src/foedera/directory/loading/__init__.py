"""Loading a country profile into the directory.

One transaction and one entry of the history for the whole profile. A profile is loaded again only when it, or one of the
lists of the world, has changed; then rows are found again by their keys (the code; for dated facts what they join and
their first day) and brought up to date. **What people have made of a row stays:** a row whose last change was anything else
than loading - a person, an import, a repair in the database - keeps its values and is counted as `kept_by_hand`.
Bodies, formats, posts and territories that the profile no longer has stay too (`no_longer_in_profile`); jurisdictions,
memberships and positions that only loading has ever touched go, and the history keeps them."""

from .profiles import LOAD, digest_of, load, load_profile, settings_of

__all__ = ["LOAD", "digest_of", "load", "load_profile", "settings_of"]
