"""The review page by subject: what it shows, and one module for each kind of button."""
