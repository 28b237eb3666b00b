"""Country profiles as data, and the shared lists of the world: states, regions, names, outlines.

``available()`` lists the profiles, ``load_profile(code)`` reads and checks one, ``countries.world`` holds what all
share, ``countries.geometry`` the outlines. Nothing here imports Django models or a room.
"""

from foedera.countries.loading import available, load_profile, read_profile
from foedera.countries.tables import Problem, ProfileError

__all__ = ["Problem", "ProfileError", "available", "load_profile", "read_profile"]
