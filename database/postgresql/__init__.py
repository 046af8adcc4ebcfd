"""Django's PostgreSQL backend with two changes, both for requests that come by the thousand (database.statements)."""
