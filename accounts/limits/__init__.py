"""Limits: how often somebody may do what costs. The table of all, counting, and what answers say of them."""
