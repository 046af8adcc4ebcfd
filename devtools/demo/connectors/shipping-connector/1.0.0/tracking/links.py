"""Where a parcel can be followed."""

from urllib.parse import quote


def link(number, carrier):
    """Return the page of a parcel at its carrier."""
    return f"https://{quote(carrier or 'parcel', safe='')}.example/track/{quote(number, safe='')}"
