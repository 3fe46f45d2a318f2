"""What a module of odd holders lists its layers by, or one of odd applications these."""

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


def stacked(leaf, layers):
    """The application that these layers make around a leaf, the first the outermost, and the names
    that its stages are to be found by: they are of the leaf's module."""
    app = leaf
    for _, make in reversed(layers):
        app = make(app)
    names = [*(name for names, _ in layers for name in names), "leaf"]
    return app, [f"{leaf.__module__}.{name}" for name in names]


def rooted(module):
    """The stages that each application of a module passes by its name, those of them that are seen
    in requests alone, and the decorator that adds an application to both and to the module."""
    expected, unseen_of = {}, {}

    def full(names):
        """The names, where they are no other module's (mod:name) within this one."""
        own = module["__name__"] + "."
        return [each.replace(":", ".") if ":" in each else own + each for each in names]

    def root(*names, unseen=(), name=None):
        def add(application):
            called = name or "root_%d" % len(expected)
            module[called] = application
            expected[called], unseen_of[called] = full(names), full(unseen)
            return application

        return add

    return expected, unseen_of, root
