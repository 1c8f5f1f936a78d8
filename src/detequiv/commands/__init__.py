"""The commands of ``detequiv``, one module each: ``add`` makes its parser, ``run`` its work.

Modules import what they need when they run, so that one command does not wait for another's.
"""
