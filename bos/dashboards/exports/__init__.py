"""Exports: a dashboard, an evaluation or a template as files of other tools, each with what it cannot carry."""
