"""How time grows with hostile text: `make bench-growth`.

Every public function and method of a module that uses regular expressions is called with texts of up to 100 kB, each
one short piece repeated. Where the longest takes 20 ms or more, doubling the text may take at most 2.6 times the CPU.
Functions are found by import. One that takes a single string is called with it; any other needs a call in CALLS, or a
reason in EXCEPTIONS why it is not called. ARGS: words of function names, to try these alone.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import pkgutil
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import papers
import tasks
from papers.errors import DailyPapersError
from tasks.fetch.list_items import Malformed
from tasks.read.document import Unreadable
from tests.bench.bounds import check, finish, print_line
from tests.bench.growth_calls import CALLS, EXCEPTIONS

LONGEST = 100_000  # characters
MIN_SECONDS = 0.02  # CPU below which growth is not looked at
MAX_RATIO = 2.6
LIMIT = 6.0  # seconds of CPU for one call

PIECES = (
    "_", "*", ". A", "Sec. 1, ", "e\u0301", "<script ", "a", "A", "Ab", "a ", "A. ", "\u4e2d", "\u3002", "\n",
    " ", "\t", "1", "1,", "1.", "1 ", "1-", "1 and ", "1/", "-1", "1e", "10^", "1\u00b1", "%", "1%", "$", "$1$",
    "\\", "\\text{", "{", "}", "(", ")", "((1)", "[", "]", "[1", "[1, ", "](", "![", "`", "~", "|", "| 1 ", "#",
    "# a\n", "> ", "- ", "1. a\n", "'", "\"", ",", ";", ":", "!", "?", "...", "http://", "http://a.b/", "a@b.c ",
    "www.", "<", ">", "<a ", "</a>", "<!--", "<math <", "<math>", "<annotation", "&", "&amp;", "&#", "^", "^{",
    "_{", "et al. ", "Fig. 1 ", "Table 1: ", "(Smith, ", "we propose ", "our method ", "A-B ", "AB", "A B C",
    "GPT-4 ", "Qwen2.5-7B", "v1.", "2020", "2020-", "in 2020, ", "\u767e\u5206\u4e4b", "\u5341", "\u4ebf",
    "\u4e24\u4e2a", "one ", "one-", "times ", "twice ", "1 GB", "1x ", "x", "\u200b", "\u202e", "\u2212",
    "\uff11", "of the ", "the ", "this ", "that is, ", "e.g. ", "i.e. ", "i", "v", "A1", "a_b", "a^b", "a=b",
)  # fmt: skip


HARMLESS = "We reach 97.3% on ImageNet with 3 of 12 models (Smith et al., 2024), see Table 1."
ALLOWED = (DailyPapersError, Unreadable, Malformed, ValueError, KeyError, AssertionError)  # refusals of a text


class TooSlow(Exception):
    """A call took more than LIMIT seconds."""


def modules() -> Iterator[types.ModuleType]:
    """The modules of papers and tasks that use `re` or `regex`."""
    for root in (papers, tasks):
        for info in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            module = importlib.import_module(info.name)
            if any(getattr(module, name, None) is not None for name in ("re", "regex")):
                yield module


def public_functions() -> dict[str, Any]:
    """The functions and methods that these modules define, by name."""
    functions = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(inspect.unwrap(value), "__module__", "") != module.__name__:
                continue
            if inspect.isroutine(value) or hasattr(value, "__wrapped__"):
                functions[f"{module.__name__}.{name}"] = value
            elif inspect.isclass(value):
                for method, function in vars(value).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        functions[f"{module.__name__}.{name}.{method}"] = function
    return functions


def call_of(name: str, function: Any) -> Callable[[str], object] | None:
    """How the function is called with a text; None where that is not known."""
    if name in CALLS:
        return CALLS[name]
    parameters = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    if len(parameters) != 1 or name.count(".") - function.__module__.count(".") > 1:
        return None
    if parameters[0].annotation in ("str", "str | None"):
        return lambda text: consume(function(text))
    if parameters[0].annotation == "bytes":
        return lambda text: consume(function(text.encode("utf-8", "surrogatepass")))
    return None


def consume(value: object) -> object:
    """A generator's items, any other value as it is."""
    return list(value) if isinstance(value, Iterator) else value


def seconds(call: Callable[[str], object], text: str) -> float:
    """CPU of one call, refused or not. Raises TooSlow, and whatever is no refusal."""

    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGVTALRM, stop)
    clear_caches()
    gc.disable()  # its turns come by the number of objects of the whole process
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    started = time.process_time()
    try:
        call(text)
    except ALLOWED:  # a text may be refused; the time until then counts
        return time.process_time() - started
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        gc.enable()
    return time.process_time() - started


def clear_caches() -> None:
    """Forget what earlier calls cached."""
    for cached in CACHED:
        cached.cache_clear()


CACHED: list[Any] = []


def growth(call: Callable[[str], object], piece: str) -> tuple[float, float]:
    """CPU for LONGEST characters, and its ratio to that for half of them; the ratio is 0 where it is not looked at.

    A ratio beyond the bound is measured again: a busy machine shows one now and then.
    """
    whole = (piece * (LONGEST // len(piece) + 1))[:LONGEST]
    try:
        longest = seconds(call, whole)
        if longest < MIN_SECONDS:
            return longest, 0.0
        ratio = 0.0
        for _ in range(5):
            half = min(seconds(call, whole[: LONGEST // 2]) for _ in range(2))
            longest = min(longest, seconds(call, whole))
            ratio = longest / max(half, 1e-4)
            if ratio <= MAX_RATIO:
                break
    except TooSlow:
        return LIMIT, float("inf")
    return longest, ratio


def main(words: Sequence[str] = ()) -> int:
    """Try all functions; 1 when one grows too fast, or cannot be called."""
    functions = {n: f for n, f in public_functions().items() if not words or any(w in n for w in words)}
    for module in modules():
        CACHED.extend(v for v in vars(module).values() if hasattr(v, "cache_clear") and v not in CACHED)
    known = set(public_functions())
    check(
        not (set(CALLS) | set(EXCEPTIONS)) - known,
        f"calls of functions that are gone: {(set(CALLS) | set(EXCEPTIONS)) - known or 'none'}",
    )
    gc.collect()
    gc.freeze()
    tried = 0
    for name, function in sorted(functions.items()):
        if name in EXCEPTIONS:
            continue
        call = call_of(name, function)
        if call is None:
            check(False, f"{name}{inspect.signature(function)}: no call in CALLS and no reason in EXCEPTIONS")
            continue
        try:
            call(HARMLESS)
        except ALLOWED:
            pass
        except Exception as error:
            check(False, f"{name}: the call in CALLS fails: {type(error).__name__}: {error}")
            continue
        results = {piece: growth(call, piece) for piece in PIECES}
        tried += 1
        slow = {p: r for p, r in results.items() if r[1] > MAX_RATIO}
        worst = max(results, key=lambda p: (results[p][1], results[p][0]))
        text = (
            f"{name}: {max(s for s, _ in results.values()):.2f} s at most; {results[worst][1]:.2f} times for {worst!r}"
        )
        if slow:
            text += f"; too fast: {', '.join(f'{p!r} {r:.1f}' for p, (_, r) in slow.items())}"
        check(not slow, text)
    skipped = sum(n in EXCEPTIONS for n in functions)
    print_line(f"{tried} functions with {len(PIECES)} texts each; {skipped} not called, with a reason")
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
