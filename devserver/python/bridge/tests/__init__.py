"""Tests of the bridge by itself: `python3 -m unittest` or `python3 -m pytest` in the folder above."""
