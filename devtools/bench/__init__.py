"""Benchmarks: data, loader, comparison, and the run that `make bench` starts. The portal never imports this."""
