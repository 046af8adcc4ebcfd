"""What every `gunicorn config.wsgi` that starts in this folder does; the command line says address and processes."""

worker_class = "config.server.Worker"
logger_class = "config.server.Log"
# A search may name many ids and keys.
limit_request_line = 8190
# Longer than proxies and clients keep an idle connection: who reuses it must not meet one that was just closed.
keepalive = 75
# Nobody steers it from outside, and nothing is written outside of the portal's own folders.
control_socket_disable = True


def on_starting(server: object) -> None:
    """Close the environment and memory of all processes to others of their user, before the first one starts."""
    from validator import process  # noqa: PLC0415 - this folder is on the path only now

    process.hide()
