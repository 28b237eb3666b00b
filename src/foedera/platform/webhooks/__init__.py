"""Webhooks: programs of a body are told over HTTP what changed in the records that the body may see."""
