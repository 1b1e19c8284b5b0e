"""Exporters that look classes up in tables of their own: ours are added when they are imported."""

import importlib.util
import sys
import warnings


class AfterImport:
    """A finder that lets the others find a module, and has its code followed by `register`.

    So ``skl2onnx.to_onnx`` knows our classes whichever is imported first, and nothing is imported
    that the program does not import.
    """

    name = "skl2onnx"

    def install(self):
        """Register now if the module is there, else once it is imported."""
        if self.name in sys.modules:
            self.register()
        else:
            sys.meta_path.insert(0, self)

    def find_spec(self, fullname, path=None, target=None):
        """The spec that others find of this one module."""
        if fullname != self.name or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            sys.meta_path.insert(0, self)
            return None
        spec.loader = _Followed(spec.loader, self.register)
        return spec

    def register(self):
        """Have the module know our classes, if it is one that can."""
        try:
            from trilobite.export import skl2onnx

            skl2onnx.register()
        except Exception as error:
            warnings.warn(
                f"this {self.name} cannot convert estimators of trilobite.sklearn: {error!r}",
                stacklevel=2,
            )


class _Followed:
    """The loader of a module, whose code is followed by a call."""

    def __init__(self, loader, call):
        self._loader, self._call = loader, call

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        """Run the code with its own loader in place, then call."""
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._call()
