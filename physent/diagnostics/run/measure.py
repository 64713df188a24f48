"""Every kind of diagnostic as a function on arrays and labelled data, made of what the kind declares.

The records of a call go through the same plan as those of a run, so that the numbers have the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from inspect import Parameter, Signature, cleandoc
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import ValidationError

from physent.declare import Variable
from physent.diagnostics.run.checks import problems
from physent.diagnostics.run.declare import Diagnostic, Omitted
from physent.diagnostics.run.fields import FIELDS
from physent.diagnostics.run.gaps import WORDS, omitted
from physent.diagnostics.run.given import REPLICA, Given, taken
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.run.plan import Plan
from physent.diagnostics.units import BASE, logarithms, relabelled, unit_of
from physent.diagnostics.warn import warn
from physent.errors import PhysentError, RunError, UsageError, expectation, found, judged, one_line
from physent.typing import Array

OF, X = "of", "x"
_DATA = {
    "box": "edge of a periodic box, edges along its axes, or a `Box`, which may have walls; null: unbounded",
    "dim": "name of the clock, if it is neither time, draw or step nor has dates",
    "axes": "name of the dimension of the axes of space, if it is not axis",
    "t": "times of the samples of plain arrays; null: 0, 1, 2 ...",
    "base": "unit of entropies and their errors: 2 for bits, 10 for hartleys; null: nats, as they are stored",
    "missing": "refuse missing values (NaN); `omit particles` that lack one from a sample; `omit windows` of a series "
    "that hold one; or a list of both",
}


class Measured(Mapping[str, Array]):
    """Results of plain arrays by name, also as attributes: variables, and the coordinates of their own dimensions."""

    def __init__(self, values: Mapping[str, Array], dims: Mapping[str, tuple[str, ...]]) -> None:
        self._values, self.dims = dict(values), dict(dims)

    def __getitem__(self, name: str) -> Array:
        return self._values[name]

    def __getattr__(self, name: str) -> Array:
        values: dict[str, Array] = self.__dict__.get("_values", {})
        if name not in values:
            raise AttributeError(f"the result has no {name!r}: it has {', '.join(values)}")
        return values[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        shown = (f"{value:.6g}" if np.ndim(value) == 0 else f"array {np.shape(value)}" for value in self.values())
        lines = (
            f"  {name:{width}}  {text}  ({', '.join(self.dims[name])})" for name, text in zip(self, shown, strict=True)
        )
        return "\n".join(["Measured", *lines])


@cache
def function_of(name: str) -> Callable[..., Any]:
    """The function of a kind."""
    kind = KINDS[name]
    data, options = data_of(kind), options_of(kind)
    signature = _signature(kind, data)

    def function(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs).arguments  # Python says what is wrong with the call
        arrays = {key: bound.pop(key) for key in data if bound.get(key) is not None}
        one = _configured(kind, name, {key: bound[key] for key in options if key in bound})
        scales = {key: _scale(bound[key], f"{name}: {key}") for key in kind.scaled if bound.get(key) is not None}
        try:
            with np.errstate(all="ignore"):
                arrays, one = _spread(name, one, arrays, data)
                known = {} if data == (OF,) else FIELDS
                told = _omitted(bound.get("missing", "refuse"), name)
                given = taken(arrays, known, bound.get("dim"), bound.get("axes"), bound.get("t"), name, told)
                given = replace(given, omitted=told)
                given = given.within(bound.get("box"), name) if known else given
                base = bound.get("base")
                return _measured(name, one, given, scales, None if base is None else BASE(base, f"{name}: base"))
        except PhysentError as error:
            if len(str(error).splitlines()) > 1:  # names of dimensions may be anything
                raise type(error)(one_line(str(error))) from None
            raise

    function.__name__ = function.__qualname__ = name
    function.__module__ = "physent.diagnostics"
    function.__doc__ = _text(kind, data, signature)
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def data_of(kind: type[Diagnostic]) -> tuple[str, ...]:
    """Names of the arrays that the function of a kind takes: what it reads, or what that is made of."""
    if OF in kind.model_fields:
        return (X,) if choices_of(kind) else (OF,)
    one = kind.model_construct(name=str(kind.model_fields["name"].default))
    names: dict[str, None] = {}
    for name in (*one.sources(), *one.series()):
        field = FIELDS.get(name)
        names |= dict.fromkeys(filter(None, (field.source if field else "", name if not field or field.shown else "")))
    return tuple(sorted(names, key=lambda name: name in FIELDS and bool(FIELDS[name].source)))


def options_of(kind: type[Diagnostic]) -> tuple[str, ...]:
    """Names of its options: `of` too if it says which observable an array is."""
    return tuple(key for key in kind.model_fields if key != "kind" and (key != OF or choices_of(kind)))


def choices_of(kind: type[Diagnostic]) -> tuple[str, ...]:
    """Observables among which its option `of` chooses; none if it takes any or has no such option."""
    return _choices(kind.model_fields[OF].annotation) if OF in kind.model_fields else ()


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    return tuple(name for part in get_args(annotation) for name in _choices(part))


def _signature(kind: type[Diagnostic], data: tuple[str, ...]) -> Signature:
    def one(name: str, default: Any, how: Any = Parameter.KEYWORD_ONLY) -> Parameter:
        return Parameter(name, how, default=default)

    reads = OF in kind.model_fields or data[0] in kind.model_construct(name="x").sources()
    first = Parameter.empty if reads else None
    arrays = [one(key, None if i else first, Parameter.POSITIONAL_OR_KEYWORD) for i, key in enumerate(data)]
    fields = {key: kind.model_fields[key] for key in options_of(kind)}
    options = [one(k, Parameter.empty if f.is_required() else f.default) for k, f in fields.items()]
    about = [*(["t"] if data == (OF,) else ["box", "axes", "t"]), *(["base"] if kind.in_nats else [])]
    about = [key for key in about if key not in fields]
    last = one("missing", "refuse")
    return Signature([*arrays, *options, *(one(key, None) for key in (*kind.scaled, "dim", *about)), last])


def _text(kind: type[Diagnostic], data: tuple[str, ...], signature: Signature) -> str:
    """The docstring: that of the kind, its arrays and its options."""
    lines = [cleandoc(kind.__doc__ or ""), ""]
    if data == (OF,):
        lines += ["Takes `of`: an array (time, replica, ...), a DataArray, or a mapping or Dataset of several by name."]
    elif data == (X,):
        lines += ["Takes `x`, which is what `of` says (null: position), or a Dataset with one of:", ""]
    else:
        lines += [
            "Takes arrays, plain with these axes or with named dimensions, or one Dataset with these:",
            "",
        ]
    for name in choices_of(kind) or (data if data != (OF,) else ()):
        lines += [f"- `{name}` ([time, [replica,]] {', '.join(FIELDS[name].dims)}): {FIELDS[name].what}"]
    lines += ["", "Options:", ""]
    for key, parameter in signature.parameters.items():
        if key not in data:
            field = kind.model_fields.get(key)
            what = (field.description if field else None) or kind.scaled.get(key) or _DATA[key]
            lines += [f"- `{key}`: {'' if parameter.default is not Parameter.empty else 'required; '}{what}"]
    lines += [
        "",
        "Returns a Dataset of labelled data, else a mapping of names to arrays. Raises `UsageError` if the call",
    ]
    lines += ["does not fit the data, `RunError` if they do not allow it."]
    return "\n".join(lines)


def _configured(kind: type[Diagnostic], where: str, options: dict[str, Any]) -> Diagnostic:
    free = {OF: X} if data_of(kind) == (OF,) else {}
    try:
        return kind(kind=where, **free, **{key: _option(value) for key, value in options.items()})
    except ValidationError as error:
        raise UsageError(_wrong(error, where, options)) from None


def _option(value: Any) -> Any:
    """A number of NumPy as one of Python, an array or list as a tuple."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    return tuple(map(_option, value)) if isinstance(value, list | tuple) else value


def _wrong(error: ValidationError, where: str, options: Mapping[str, Any]) -> str:
    """What pydantic found wrong, in one line."""
    texts: dict[str, str] = {}
    for item in error.errors(include_url=False):
        context = item.get("ctx", {})
        key = str(context["key"] if item["type"] == "contradiction" else (item["loc"] or ("name",))[0])
        place = "".join(f".{part}" for part in item["loc"][1:] if isinstance(part, int))
        if item["type"] == "contradiction":
            text = str(context["message"])
        elif item["type"] == "literal_error":
            text = f"found {found(item['input'])}, expected {context['expected']}".replace("'", "")
        elif (expected := expectation(item["type"], context)) is not None:
            text = f"found {found(item['input'])}, expected {expected}"
        elif item["type"] == "missing":
            text = "is missing"
        else:
            text = judged(item["msg"], item["input"])
        texts.setdefault(f"{key}{place}", text)
    return "; ".join(f"{where}: {key}: {text}" for key, text in texts.items())


def _spread(
    where: str, one: Diagnostic, arrays: dict[str, Any], data: tuple[str, ...]
) -> tuple[dict[str, Any], Diagnostic]:
    """The arrays by the names of observables: a Dataset gives all that it has of them, `of` any number of its own."""
    first = next(iter(arrays.values()), None)
    several = hasattr(first, "data_vars") or (isinstance(first, Mapping) and not hasattr(first, "dims"))
    if data == (OF,):
        given = {str(name): first[name] for name in first} if several and first is not None else {_named(first): first}
        if several and (field := type(one).model_fields[OF]).annotation is str and len(given) > 1:
            if field.default not in given:
                message = f"found a Dataset of {len(given)} variables, expected one, such as run.{next(iter(given))}"
                raise UsageError(f"{where}: {message}")
            given = {field.default: given[field.default]}
        names = tuple(given)
        return given, one.model_copy(update={OF: names[0] if len(names) == 1 else names})
    if len(arrays) > 1 and several:
        raise UsageError(f"{where}: found a Dataset and {list(arrays)[1]}, expected the one or arrays")
    of = getattr(one, OF, None)
    names = data if data != (X,) else (of,) if of else choices_of(type(one))
    if data == (X,) and not several:
        return {names[0]: first}, one.model_copy(update={OF: names[0]})
    if not several or first is None:
        return arrays, one
    held = {name: first[name] for name in names if name in first}
    if not held:
        raise UsageError(f"{where}: the Dataset has none of {', '.join(names)}")
    return held, one.model_copy(update={OF: next(iter(held))}) if data == (X,) else one


def _named(array: Any) -> str:
    name = getattr(array, "name", None)
    return name if isinstance(name, str) and name.isidentifier() else "x"


def _omitted(value: Any, where: str) -> tuple[Omitted, ...] | None:
    """What is left out; None if missing values are refused."""
    words = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else [value]
    wrong = [word for word in words if not isinstance(word, str) or word not in WORDS]
    if wrong or not words or ("refuse" in words and len(words) > 1):
        raise UsageError(
            f"{where}: missing = {value!r}, expected refuse, omit particles, omit windows, or a list of both"
        )
    return omitted(words) or None


def _scale(value: Any, where: str) -> Any:
    from physent.diagnostics.checks import numbers

    array = np.asarray(numbers(value, where), np.float64)
    if array.ndim > 1 or not ((array > 0) & np.isfinite(array)).all():
        raise UsageError(f"{where} = {one_line(str(value))}, expected a positive number, or one per particle")
    return float(array) if array.ndim == 0 else array


def _measured(where: str, one: Diagnostic, given: Given, scales: Mapping[str, Any], base: float | None) -> Any:
    """The values of all samples, then those of the whole series, as in a run."""
    given = given.completed(tuple(dict.fromkeys((*one.sources(), *one.series()))), where)
    context = given.context(scales)
    told: dict[str, str] = {}
    for problem in problems((one,), context, from_file=True):
        key = ".".join(str(part) for part in problem.path[1:] if part != "kind")
        text = f"{where}: {key}: {problem.message}" if key else f"{where}: {problem.message}"
        if not problem.is_warning:
            raise UsageError(text)
        told[key] = text

    def tell(key: str, text: str) -> None:
        told.setdefault(key, text)

    plan = Plan(SimpleNamespace(diagnostics=(one,)), context=context)
    made, origin = [], None
    for sample, at in enumerate(given.times):
        record = {name: values[sample] for name, values in given.fields.items()}
        made.append(plan.observe(record, float(at), tell, origin))
        origin = plan.origin({**record, **made[0]}) if origin is None else origin
    values = {v.name: np.array([record[v.name] for record in made]) for v in plan.variables}
    dims = {v.name: (given.clock, *v.dims) for v in plan.variables}
    marks: Mapping[str, str] = {}
    if plan.results:
        results = plan.finish(_history(given, values, dims), tell)
        marks, values = plan.marks(results), values | results
        dims |= {v.name: v.dims for v in plan.results}
    refused = [text for key, text in told.items() if key.endswith((".nan", ".finish"))]
    if refused and all(np.isnan(array).all() for array in values.values()):
        raise RunError(refused[0].removesuffix("; NaN is stored"))
    if told:
        warn("; also: ".join(told.values()))
    declared = {v.name: v for v in (*plan.variables, *plan.results)}
    if base is not None:
        values, declared = _in_unit(values, declared, base, where)
    return _returned(given, plan, declared, values, dims, marks)


def _in_unit(
    values: Mapping[str, Array], declared: Mapping[str, Variable], base: float, where: str
) -> tuple[dict[str, Array], dict[str, Variable]]:
    """Entropies, with their errors, in units of ln ``base``."""
    ln, name = unit_of(base)
    names = logarithms({one: variable.attrs for one, variable in declared.items()})
    if not names:
        raise UsageError(f"{where}: found base = {base:g} for values that are no logarithms, expected none")
    said = {one: replace(declared[one], attrs=relabelled(declared[one].attrs, ln, name)) for one in names}
    return {**values, **{one: values[one] / ln for one in names}}, {**declared, **said}


def _history(given: Given, values: Mapping[str, Array], dims: Mapping[str, tuple[str, ...]]) -> Any:
    import xarray as xr

    fields = {name: ((given.clock, REPLICA, *given.dims[name]), array) for name, array in given.fields.items()}
    made = {name: (dims[name], array) for name, array in values.items()}
    return xr.Dataset({**fields, **made}, coords={given.clock: given.times})


def _returned(
    given: Given,
    plan: Plan,
    declared: Mapping[str, Variable],
    values: Mapping[str, Array],
    dims: Mapping[str, tuple[str, ...]],
    marks: Mapping[str, str],
) -> Any:
    kept = {name: tuple(dim for dim in own if dim not in given.lacks) for name, own in dims.items()}
    plain = {
        name: array[tuple(0 if dim in given.lacks else slice(None) for dim in dims[name])]
        for name, array in values.items()
    }
    used = {dim for own in kept.values() for dim in own}
    coordinates = [one for one in plan.coordinates if one.name in used]
    if given.coords is None:
        own = {one.name: (one.name,) for one in coordinates}
        return Measured({**plain, **{one.name: one.values for one in coordinates}}, {**kept, **own})
    import xarray as xr

    found = {
        name: (kept[name], array, {"long_name": one.long_name, "units": one.units, **one.attrs})
        for (name, array), one in zip(plain.items(), map(declared.__getitem__, plain), strict=True)
    }
    coords = {name: coord for name, coord in given.coords.items() if set(coord.dims) <= used}
    coords |= {
        one.name: (one.name, one.values, {"long_name": one.long_name, "units": one.units}) for one in coordinates
    }
    return xr.Dataset(found, coords=coords, attrs=dict(marks))
