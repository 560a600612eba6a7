"""Policies without weights, one file each."""
