"""Webhooks in the Standard Webhooks format: who is told, what is sent, and everything that was answered."""
