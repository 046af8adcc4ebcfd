"""What the portal logs: one line for each request, and one for each event that matters for security."""
