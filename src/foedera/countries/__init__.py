"""Country profiles as data, and the shared lists of the world: states, regions, names, outlines.

``available()`` lists the profiles, ``load_profile(code)`` reads and checks one, ``countries.world`` holds what all
share. Nothing here imports Django models or a room.
"""
