"""RunConfig: frozen sections, assembled from the declarations of the config's engine; and its JSON schema."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, Union

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    Tag,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from physent import engines
from physent.config import yaml
from physent.config.axes import AxisValues, Setting, settings_of
from physent.config.messages import kinds, members, unwrapped
from physent.config.paths import put, split
from physent.declare import (
    Count,
    FileInitial,
    Integer,
    Items,
    NonNegative,
    Positive,
    Section,
    Time,
    Unit,
    contradiction,
)
from physent.diagnostics.run.declare import Some
from physent.diagnostics.run.kinds import KINDS
from physent.engines.potentials import extended

Seed = Annotated[
    Integer,
    Field(ge=0, lt=1 << 64),
    WithJsonSchema({"type": "integer", "minimum": 0, "exclusiveMaximum": 1 << 64}),  # pydantic's own lacks the bounds
]


def digest_of(text: str) -> str:
    """SHA-256 of a config's YAML text, in hexadecimal: the attribute `config_sha256` of a file."""
    return hashlib.sha256(text.encode()).hexdigest()


class ProtocolEvent(Section):
    """A change at an exact time: parameters to `set`, or an action of the engine to `do`."""

    at: Annotated[Positive, Time] = Field(description="time of the change; a sample at this time is taken before it")
    set: dict[str, Any] | None = Field(
        default=None, min_length=1, description="new values by dotted path inside `parameters`"
    )
    do: str | None = Field(default=None, description="action of the engine")

    @model_validator(mode="after")
    def _one_change(self) -> ProtocolEvent:
        if (self.set is None) == (self.do is None):
            raise contradiction("at", "expected exactly one of `set` and `do` in this entry")
        return self

    @model_serializer(mode="wrap")
    def _without_the_other(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in dump(self).items() if value is not None}


def _fields_word(value: object) -> object:
    if isinstance(value, list | tuple) or value in ("all", "none"):
        return value
    raise PydanticCustomError("fields", "expected all, none or a list such as [position]")


class Output(Section):
    """The file that a run writes."""

    path: str | None = Field(
        default=None,
        min_length=1,
        description="output file, relative to the working directory, not to the config; default: the config's stem + "
        ".nc; a sweep ignores it and names its files itself, in its folder",
    )
    fields: Annotated[
        Annotated[Literal["all", "none"], Tag("word")] | Annotated[Items[str], Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "word"),
        BeforeValidator(_fields_word),
    ] = Field(default="all", description="which fields are stored: all, none or a list of names")
    every: Count = Field(default=1, description="number of samples per stored frame of the fields")
    dtype: Literal["float64", "float32"] = Field(default="float64", description="type of stored fields")
    compression: Annotated[Integer, Field(ge=0, le=9)] = Field(default=1, description="zlib level, 0 for none")
    fletcher32: bool = Field(default=True, description="checksums of the stored numbers, which kerchunk cannot read")

    @model_serializer(mode="wrap")
    def _without_the_usual(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without a key that older configs lack, so that their hashes stay."""
        return {key: value for key, value in dump(self).items() if key != "fletcher32" or not value}


class Cadence(Section):
    """Frequency of checkpoints."""

    wall_seconds: Annotated[NonNegative, Unit("seconds")] = Field(
        default=30.0, description="seconds of wall-clock time between two checkpoints"
    )


class RunConfig(Section):
    """Everything that defines a run; made by `load_config`, and immutable.

    The RunConfig of an engine narrows `engine`, `parameters`, `initial`, `schedule` and `diagnostics`.
    """

    model_config = ConfigDict(validate_default=True)

    engine: str = Field(description="the physical system")
    device: Literal["cpu", "cuda"] = Field(
        default="cpu", description="where the run is computed; results on the two devices differ by round-off"
    )
    # With a default every run is reproducible, and a deterministic system needs no meaningless key.
    seed: Seed = Field(default=0, description="seed of all random streams")
    replicas: Count = Field(
        default=1, description="independent copies of the system; replica r depends only on (seed, r)"
    )
    parameters: Any = Field(description="the physics")
    initial: Any = Field(description="the initial state; it may be left out if the engine has a usual one (coulomb)")
    schedule: Any = Field(description="when samples are taken")
    protocol: Items[ProtocolEvent] = Field(default=(), description="changes during the run, in order of time")
    diagnostics: Items[Any] = Field(default=(), description="measurements besides the engine's own variables")
    output: Output = Field(default=Output(), description="the file that a run writes")
    checkpoint: Cadence = Field(default=Cadence(), description="how often the state is saved")
    sweep: dict[str, AxisValues] = Field(
        default={},
        description="values by dotted path: a list, {range: [start, stop, step]}, {linspace: [first, last, count]} or "
        "{logspace: [first, last, count]}; or a name and {zip: {path: values, ...}}; a single run ignores it",
    )

    @field_validator("*", mode="after")
    @classmethod
    def _note(cls, value: Any, info: ValidationInfo) -> Any:
        """Keep each valid section, so that contradictions can be found even if another section is invalid."""
        if info.context is not None and info.field_name is not None:
            info.context[info.field_name] = value
        return value

    @model_serializer(mode="wrap")
    def _without_the_usual(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without a key that older configs lack, so that their hashes stay."""
        return {key: value for key, value in dump(self).items() if key != "device" or value != "cpu"}

    def plain(self) -> dict[str, Any]:
        """The effective config, including defaults, as plain data."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """The effective config as YAML text; loading it gives an equal config."""
        return yaml.dump(self.plain())

    def _repr_html_(self) -> str:
        """The effective config as a notebook shows it."""
        title = f"<b>{html.escape(self.engine)}</b>: {html.escape(engines.get(self.engine).title)}"
        text = f"<pre style='font-family: monospace'>{html.escape(self.to_yaml())}</pre>"
        return f"<details open><summary>{title}</summary>{text}</details>"

    @property
    def sha256(self) -> str:
        """Hex digest of `to_yaml`."""
        return digest_of(self.to_yaml())

    def leg(self, index: int) -> RunConfig:
        """Config after the first ``index`` entries of the protocol (0: as written)."""
        if not 0 <= index <= len(self.protocol):
            raise IndexError(f"leg {index} of a protocol of {len(self.protocol)} entries")
        changes = [event.set for event in self.protocol[:index] if event.set is not None]
        if not changes:
            return self
        parameters = self.parameters.model_dump(mode="json")
        for change in changes:
            for path, value in change.items():
                parameters = put(parameters, inside_parameters(path), value)
        return self.model_copy(update={"parameters": type(self.parameters).model_validate(parameters)})

    def axes(self) -> dict[str, tuple[Setting, ...]]:
        """Axes of the sweep by key, each with its steps: values by dotted path."""
        return {key: settings_of(key, axis) for key, axis in self.sweep.items()}


def inside_parameters(path: str) -> tuple[str | int, ...]:
    """Keys inside `parameters` of a protocol's path, which may or may not start with ``parameters``."""
    keys = split(path)
    return keys[1:] if keys[0] == "parameters" and len(keys) > 1 else keys


def diagnostic_kinds() -> Mapping[str, type[Section]]:
    """Section of each diagnostic by its `kind`."""
    return KINDS


def _initial(engine: engines.Engine) -> tuple[Any, Any]:
    """Annotation and default of `initial`."""
    own = list(members(engine.Initial))
    default: Any = ... if len(own) > 1 else _default(unwrapped(own[0]))
    return _tagged(initial_kinds(engine)), default


def initial_kinds(engine: engines.Engine) -> list[Any]:
    """Sections of the initial states of an engine, including a frame of another run if it allows that."""
    options = [unwrapped(option) for option in members(engine.Initial)]
    if engine.initial_fields and not any("file" in kinds(option) for option in options):
        options.append(FileInitial)
    return options


def _tagged(options: Sequence[Any]) -> Any:
    """Union of Sections tagged by `kind`."""
    if len(options) == 1:
        return options[0]
    return Annotated[Union[tuple(options)], Field(discriminator="kind")]  # noqa: UP007


def _default(section: type[Section]) -> Any:
    """An instance if every key has a default, else the mark of a required field."""
    return ... if any(field.is_required() for field in section.model_fields.values()) else section()


def model_of(name: str) -> type[RunConfig]:
    """RunConfig of one engine of the table."""
    engine = engines.get(name)
    return _assembled(_Identity(engine), parameters_of(engine), tuple(sorted(diagnostic_kinds().items())))


def parameters_of(engine: engines.Engine) -> type[Section]:
    """Section of the parameters of an engine, with the potentials that are registered for it."""
    return extended(engine.Parameters, engine.potential)


@lru_cache(maxsize=8)
def plan_model(kinds: tuple[tuple[str, type[Section]], ...]) -> type[Section]:
    """A file that contains only diagnostics."""
    entry: Any = _tagged([section for _, section in kinds])
    listed: Any = (Some[entry], Field(description="the measurements"))
    return create_model("plan", __base__=Section, diagnostics=listed)


class _Identity:
    """An engine as a cache key, by identity, not by equality."""

    def __init__(self, engine: engines.Engine) -> None:
        self.engine = engine

    def __hash__(self) -> int:
        return id(self.engine)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.engine is self.engine


@lru_cache(maxsize=32)
def _assembled(
    key: _Identity, parameters: type[Section], diagnostics: tuple[tuple[str, type[Section]], ...]
) -> type[RunConfig]:
    engine = key.engine
    initial, initial_default = _initial(engine)
    narrowed: dict[str, Any] = {
        "engine": (Literal[engine.name], "engine", ...),
        "parameters": (parameters, "parameters", _default(parameters)),
        "initial": (initial, "initial", initial_default),
        "schedule": (engine.Schedule, "schedule", _default(engine.Schedule)),
    }
    if diagnostics:
        entry: Any = _tagged([section for _, section in diagnostics])
        narrowed["diagnostics"] = (Annotated[tuple[entry, ...], Strict(False)], "diagnostics", ())
    fields: dict[str, Any] = {
        name: (annotation, Field(default, description=RunConfig.model_fields[field].description))
        for name, (annotation, field, default) in narrowed.items()
    }
    return create_model(f"{engine.name}_run", __base__=RunConfig, __doc__=engine.title, **fields)


def names() -> tuple[str, ...]:
    """Names of the engines."""
    return tuple(engines.TABLE)


# pydantic's keywords for bounds after a conversion
_KEYWORDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def standard(schema: Any) -> Any:
    """The schema with bounds under their JSON Schema keywords."""
    if isinstance(schema, list):
        return [standard(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    bounded = schema.get("type") in ("integer", "number")
    return {_KEYWORDS.get(key, key) if bounded else key: standard(value) for key, value in schema.items()}


def json_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a config of any engine."""
    models = tuple(model_of(name) for name in names())
    union: Any = Annotated[Union[models], Field(discriminator="engine")] if len(models) > 1 else models[0]  # noqa: UP007
    schema = standard(TypeAdapter(union).json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "physent config", **schema}
