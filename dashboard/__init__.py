"""Shows the catalog: Streamlit pages, exports and terminal tables. Reads, never writes.

Importing this package, `dashboard.export` or `dashboard.terminal` loads neither streamlit nor pandas.
"""
