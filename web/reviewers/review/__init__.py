"""The review page: what it shows, and a module for each kind of button."""
