"""Exceptions that the application handles itself, and tells of.

Flask, Django and others catch what a view raises, log it, and answer with a page of their own: the
exception never gets here. What they tell of it is:

* A log record with exc_info. Records are made by logging's factory, which is wrapped: what it
  makes is left as it is. An application that sets a factory of its own later, without calling the
  one before, is not overheard any more; nor is a record that is never made, since its level or
  logging as a whole is off.
* A traceback written to wsgi.errors or sys.stderr while the exception is being handled (Bottle,
  Falcon, werkzeug's debugger, traceback.print_exc).
* exc_info given to start_response (PEP 3333, "Error Handling").

Only the request's own thread is overheard.
"""

from __future__ import annotations

import sys
from threading import get_ident

from . import frames
from .streams import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Sequence

    from .exchange import Exchange
    from .stages.running.calls import Call

_ERROR = 40
#: So many exceptions are told of one request, and as many minor ones. What gets out is always told.
_MOST = 10


class Told:
    """The exceptions that were told of an exchange.

    They are kept, a few of them, for as long as the request runs: another one could else be taken
    for one of them, by its identity. It is one of the exchange's texts, so that it lets go of them
    at the end: they hold frames, which hold the exchange.
    """

    _kind = frames.EXCEPTION
    _flags = 0

    def __init__(self) -> None:
        self.minor: list[BaseException] = []
        self.errors: list[BaseException] = []

    def finish(self) -> None:
        self.minor.clear()
        self.errors.clear()

    def is_new(self, error: BaseException, minor: bool) -> bool:
        """Whether the exception is to be told; one is told twice if it turns out not minor."""
        if any(known is error for known in self.errors):
            return False
        among = self.minor if minor else self.errors
        if len(among) >= _MOST or any(known is error for known in among):
            return False
        among.append(error)
        return True


def tell(exchange: Exchange, error: Any, minor: bool) -> None:
    """Tell of an exception that the application handled. Nothing is raised."""
    if exchange.over or not isinstance(error, BaseException):
        return
    from .response import ClientGone

    if exchange.gone and isinstance(error, ClientGone):
        return
    try:
        told = _told(exchange)
        if not told.is_new(error, minor):
            return
        from marshal import dumps

        from .tracebacks import describe

        call = _running(exchange)
        returned = call is not None and (call.body or call.spent)
        described = describe(error, "iterate" if returned else "call")
        described["handled"] = True
        described["minor"] = minor
        stage = 0 if call is None else call.index
        exchange.link.put(frames.EXCEPTION, exchange.number, dumps(described, 2), stage=stage)
    except Exception:
        pass  # one that can't be told is not worth a failure of the application


def _running(exchange: Exchange) -> Call | None:
    """The stage of a request that runs now, if that is known: its own where its body goes on."""
    record = exchange.record
    if record is None:
        return None
    from .stages.context import current

    call = current()
    while call is not None and call.record is not record:
        call = call.parent
    return call


def _told(exchange: Exchange) -> Told:
    if exchange.texts is None:
        exchange.texts = []
    for text in exchange.texts:
        if isinstance(text, Told):
            return text
    told = Told()
    exchange.texts.append(told)
    return told


def given(exchange: Exchange, exc_info: Any, minor: bool = True) -> None:
    """Tell of the exception in an exc_info, which may be anything that the application gave."""
    try:
        error = exc_info[1]
    except Exception:
        return
    tell(exchange, error, minor)


def printed(exchange: Exchange, text: str) -> None:
    """Look at text that goes to an error stream, whether it is of the exception being handled."""
    if "Traceback (most recent call last)" in text:
        error = sys.exc_info()[1]
        if error is not None:
            tell(exchange, error, True)


def overhear() -> None:
    """Wrap the factory of log records, now or once `logging` is imported."""
    logging = sys.modules.get("logging")
    if logging is not None:
        _wrap(logging)
    else:
        sys.meta_path.insert(0, _Awaiting())


def _wrap(logging: ModuleType) -> None:
    try:
        make = logging.getLogRecordFactory()
    except AttributeError:
        return  # a module of the user's that has the name

    def factory(*args: Any, **kwargs: Any) -> Any:
        record = make(*args, **kwargs)
        exc_info = getattr(record, "exc_info", None)
        if exc_info:
            _logged(record, exc_info)
        return record

    logging.setLogRecordFactory(factory)


def _logged(record: Any, exc_info: Any) -> None:
    exchange = running.get(get_ident())
    if exchange is None:
        return
    try:
        minor = record.levelno < _ERROR
    except Exception:
        return  # made by a factory of another kind
    given(exchange, exc_info, minor)


class _Awaiting:
    """A finder of nothing, on sys.meta_path, by which the import of `logging` is noticed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> Any:
        if name != "logging":
            return None
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = find_spec(name, path, target) if find_spec is not None else None
            if spec is not None:
                _wrap_when_loaded(spec.loader)
                return spec
        return None


def _wrap_when_loaded(loader: Any) -> None:
    load = getattr(loader, "exec_module", None)
    if load is None:
        return

    def exec_module(module: ModuleType) -> None:
        load(module)
        _wrap(module)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        pass  # a loader that lets nothing be set: its `logging` is not overheard
