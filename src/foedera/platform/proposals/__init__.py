"""Proposed changes: who may not write may propose, and whoever may write accepts or declines."""
