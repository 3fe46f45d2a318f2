"""What a module of odd holders lists its layers by."""

from __future__ import annotations


def listed():
    """A list of layers, and the decorator that adds what makes one, under the names that it is
    expected to be found by."""
    layers = []

    def layer(*names):
        def add(make):
            layers.append((names, make))
            return make

        return add

    return layers, layer
