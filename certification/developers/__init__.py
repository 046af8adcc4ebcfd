"""The developer's side of a review: what their pages show of it, and what they do in it."""
