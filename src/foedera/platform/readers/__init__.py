"""Naming who may read a record although he would not see it otherwise: people and bodies, each for a time and with a reason."""
