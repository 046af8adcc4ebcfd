"""The developers' pages: each view translates a request in, makes one domain call, and translates the answer out."""
