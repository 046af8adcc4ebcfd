"""A wall around every program that reads what others wrote: no network, no secrets, one folder to write in.

`choice` decides which wall this machine can build; `room` is what a program behind it sees.
"""
