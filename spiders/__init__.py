"""Collects: the network in, listings as text and the answers they are from out. Numbers are understood elsewhere."""
