"""Dashboards: a template and what was computed → panels as data → a page. Pure: nothing is read or written."""
