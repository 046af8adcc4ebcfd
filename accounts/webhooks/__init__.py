"""Webhooks in the Standard Webhooks format: subscriptions, deliveries and the responses to them."""
