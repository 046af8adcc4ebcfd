"""Benchmarks: data, loader, floor, and the run that `make bench` starts. The portal never imports this."""
