"""The Streamlit entry: `streamlit run dashboard/app.py`, with the catalog's address in MAGLABEL_DATABASE."""

from pathlib import Path

import streamlit as st

st.set_page_config(
    page_title="maglabel: magnesium supplements by form",
    page_icon=str(Path(__file__).parent / "data" / "icon.png"),
    layout="wide",
)
st.navigation([st.Page("views/compare.py", title="Compare", default=True)]).run()
