"""Report notebooks: runs one with papermill in a process of its own, and renders it to one HTML file."""
