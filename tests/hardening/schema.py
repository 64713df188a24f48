"""Configs drawn from the JSON schema: mostly right, at the edges, or wrong in every way that a schema can name."""

# ruff: noqa: E501 (tables of test data)
from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

from hypothesis import strategies as st

from physent.config.bundled import bundled_configs
from physent.config.load import json_schema, load_config

Strategy = st.SearchStrategy[Any]

NUMBERS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 64.0)
EXTREMES = (0.0, -0.0, -1.0, 5e-324, 1e-300, 1e-9, 1e9, 1e12, 1e16, 1e100, 1e300, 1.7976931348623157e308, 1e-3)
INTEGERS = (0, 1, 2, 3, 4, 8, 10, 100, -1, 1 << 31, 10**6, 10**12, (1 << 63) - 1, 1 << 63, 1 << 64, 10**25, 10**300)
WORDS = (
    "", " ", "all", "none", "file", "time", "replica", "position", "../../evil.nc", "/dev/null", "a\nb", "a\u2028b", "\x85", "\x1b[2J",
    "é", "\U0001f41f", "0x10", "1e5", "null", "~", "a" * 3000, "__class__", "{0.__class__}", "%s%n", "$(touch evil)",
)  # fmt: skip

scalars: Strategy = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(INTEGERS),
    st.sampled_from((*NUMBERS, *EXTREMES, math.nan, math.inf, -math.inf)),
    st.sampled_from(WORDS),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.floats(),
)
junk: Strategy = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(("kind", "n", "of", "a.b", "")), inner),
    max_leaves=6,
)


@cache
def schema() -> dict[str, Any]:
    """The schema as `physent schema` prints it."""
    return json_schema()


def of(node: Any, keep: float = 0.8) -> Strategy:
    """Values that a node of the schema describes, or nearly."""
    if "$ref" in node:
        return st.deferred(lambda: of(schema()["$defs"][node["$ref"].rpartition("/")[2]]))
    for union in ("oneOf", "anyOf"):
        if union in node:
            return st.one_of([of(one) for one in node[union]])
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    kind = node.get("type")
    if kind == "object":
        return _object(node)
    if kind == "array":
        least = node.get("minItems", 0)
        return st.lists(of(node.get("items", {})), min_size=least, max_size=min(node.get("maxItems", 3), least + 3))
    known = st.just(node["default"]) if "default" in node else st.nothing()
    return known | _scalar(kind, node)


def _scalar(kind: Any, node: Any) -> Strategy:
    if kind == "integer":
        bounds = [int(node[key]) + step for key, step in _BOUNDS if key in node]
        return st.sampled_from((1, 2, 3, 4, 5, 8, 16, 64)) | st.sampled_from((*bounds, *INTEGERS))
    if kind == "number":
        limits = [_beyond(node[key], step) for key, step in _BOUNDS if key in node]
        return st.sampled_from(NUMBERS) | st.sampled_from((*limits, *EXTREMES))
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    return st.sampled_from(_names()) | st.sampled_from(WORDS) if kind == "string" else scalars


def _beyond(bound: float, step: int) -> float:
    return math.nextafter(bound, math.copysign(math.inf, step)) if step else bound


# Bounds of a schema, and where a value just inside or outside of them lies.
_BOUNDS = (("minimum", 0), ("maximum", 0), ("maximum", 1), ("exclusiveMinimum", 0), ("exclusiveMinimum", 1))


@cache
def _names() -> tuple[str, ...]:
    """Words that mean something somewhere: keys, values of enumerations, variables."""
    words = {"polarization", "mass", "energy", "spread", "psi_real", "max_radius", "collisions", "velocity", "heading"}
    words |= {key for one in schema()["$defs"].values() for key in one.get("properties", {})}
    return tuple(sorted(words))


@st.composite
def _object(draw: st.DrawFn, node: Any) -> Any:
    properties, required = node.get("properties", {}), node.get("required", ())
    made = {}
    for key, inner in properties.items():
        if key in required or key == "kind" or draw(st.integers(0, 3)) == 0:
            made[key] = draw(of(inner))
    more = node.get("additionalProperties")
    if isinstance(more, dict) or (more is True or (more is None and not properties)):
        keys = st.sampled_from(_paths()) | st.sampled_from(WORDS)
        made |= draw(st.dictionaries(keys, of(more) if isinstance(more, dict) else scalars, max_size=2))
    return made


@cache
def _paths() -> tuple[str, ...]:
    return ("seed", "replicas", "schedule.until", "schedule.draws", *(f"parameters.{name}" for name in _names()))


def places(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [here, *(path for key, value in items for path in places(value, (*here, key)))]


def changed(data: Any, path: tuple[Any, ...], how: str, value: Any) -> Any:
    """Copy of plain data with one place replaced, removed, or given a key more."""
    if not path:
        return {**data, "unknown key": value} if how == "add" and isinstance(data, dict) else value
    key, rest = path[0], path[1:]
    if how == "remove" and not rest:
        kept = data.items() if isinstance(data, dict) else enumerate(data)
        return {k: v for k, v in kept if k != key} if isinstance(data, dict) else [v for k, v in kept if k != key]
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[key] = changed(data[key], rest, how, value)
    return copy


@cache
def _bundled() -> tuple[Any, ...]:
    return tuple(load_config(path).plain() for path in bundled_configs().values())


def _run_schema(data: Any) -> Any:
    """Properties of a config of the engine that ``data`` names."""
    return schema()["$defs"].get(f"{data.get('engine')}_run", {"properties": {}})["properties"]


@st.composite
def _varied(draw: st.DrawFn, data: Any) -> Any:
    """A config with one value replaced by another of its type, often an extreme one."""
    leaves = [path for path in places(data)[1:] if not isinstance(at(data, path), dict | list) and path != ("engine",)]
    if not leaves:
        return data
    path = draw(st.sampled_from(leaves))
    value = at(data, path)
    kinds: dict[Any, Strategy] = {
        bool: st.booleans(),
        int: st.sampled_from((1, 2, 3, 4, 7, 16)) | st.sampled_from(INTEGERS),
        float: st.sampled_from(NUMBERS) | st.sampled_from(EXTREMES),
        str: st.sampled_from(_names()) | st.sampled_from(WORDS),
    }
    return changed(data, path, "replace", draw(kinds.get(type(value), scalars)))


@st.composite
def configs(draw: st.DrawFn, bases: Strategy | None = None, wrong: bool = True) -> Any:
    """A config of the schema, or a given one, with up to three places changed (not to ``wrong`` things alone)."""
    data = draw(bases if bases is not None else st.sampled_from(_bundled()) | of(schema()))
    for _ in range(draw(st.integers(0, 3))):
        how = draw(
            st.sampled_from(("vary", "vary", "vary", "section", "replace", "remove", "add")[: 7 if wrong else 4])
        )
        if not isinstance(data, dict) or not data:
            break
        sections = _run_schema(data)
        if how == "vary" or (how == "section" and not sections):
            data = draw(_varied(data))
        elif how == "section":
            name = draw(st.sampled_from([name for name in sections if name != "engine"]))
            data = {**data, name: draw(of(sections[name]))}
        else:
            data = changed(data, draw(st.sampled_from(places(data)[1:])), how, draw(junk))
    return data


def at(data: Any, path: tuple[Any, ...]) -> Any:
    """What stands at a path."""
    for key in path:
        data = data[key]
    return data


def as_yaml(value: Any) -> str:
    """Flow-style YAML text of plain data, whatever it holds."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ("-.inf" if value < 0 else ".inf")
    return json.dumps(value)
