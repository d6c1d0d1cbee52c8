"""The Streamlit entry: `streamlit run dashboard/app.py`, with the catalog's address in MAGLABEL_DATABASE."""

import gc
from pathlib import Path

import streamlit as st

from checker import CatalogError
from dashboard.views import parts

PAGES = (
    st.Page("views/compare.py", title="Compare", default=True),
    st.Page("views/side_by_side.py", title="Side by side", url_path="side-by-side"),
    st.Page("views/check.py", title="Check a label", url_path="check"),
    st.Page("views/forms.py", title="Forms", url_path="forms"),
    st.Page("views/dose.py", title="Plan a dose", url_path="dose"),
    st.Page("views/changes.py", title="Changes", url_path="changes"),
    st.Page("views/data.py", title="Data", url_path="data"),
)
chosen = st.navigation(PAGES, position="hidden")  # its own links would empty the address of the page that one leaves
st.set_page_config(
    page_title=f"{chosen.title} · maglabel: magnesium supplements by form",
    page_icon=str(Path(__file__).parent / "data" / "icon.png"),
    layout="wide",
)
try:
    parts.navigation([(page.title, page.url_path or "./", page is chosen) for page in PAGES])
    chosen.run()
except CatalogError as error:  # damaged, moved away or out of reach while the page was drawn
    parts.broken_off(error)


@st.cache_resource(show_spinner=False)
def _settle() -> None:
    """Spare the garbage collector, which Streamlit runs after every answer, all that is loaded by now."""
    gc.collect()
    gc.freeze()


_settle()
