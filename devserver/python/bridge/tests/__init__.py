"""Tests of the bridge by itself: `python3 -m unittest` or `pytest` in the folder above."""
