"""Exports of lists as background work, asked for once or repeated by a schedule, each for its owner alone."""
