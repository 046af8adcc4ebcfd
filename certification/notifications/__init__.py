"""Telling people and servers what happened: inbox, mail, digest, webhooks, commit status; each thing once."""
