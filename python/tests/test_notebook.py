"""The notebook runs, and what it shows is what was committed."""

import nbclient
import nbformat

from conftest import ROOT

NOTEBOOK = ROOT / "docs" / "notebooks" / "first_look.ipynb"


def shown(notebook):
    """The texts and the kinds of what the cells show; the bytes of a picture differ from version to version."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [(output.output_type, sorted(output.get("data", {})), output.get("data", {}).get("text/plain")) for output in outputs]


def test_the_notebook_shows_what_was_committed():
    committed = nbformat.read(NOTEBOOK, as_version=4)
    executed = nbformat.from_dict(committed)
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbclient.NotebookClient(executed, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    committed = shown(nbformat.read(NOTEBOOK, as_version=4))
    assert shown(executed) == committed
    assert sum("image/png" in kinds for _, kinds, _ in committed) == 1
