"""The apps: Voila, standalone, where each page runs as the person who opened it.

``app`` is the server, ``identity`` finds out who asks, ``authorizer`` says whose kernel it is, ``kernels`` starts them,
``handlers`` are the addresses there are (no other is served), ``pages`` what a person sees when something is wrong.
"""
