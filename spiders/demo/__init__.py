"""Bundled demo shops: made-up products with real label idioms, served on loopback in the interfaces' own shapes."""
