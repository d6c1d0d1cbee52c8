"""The commands of the command line, one file per group; `maglabel.py` mounts them.

Every command imports what it needs when it runs, so that `maglabel --help` loads neither scrapy, pandas nor streamlit.
"""
