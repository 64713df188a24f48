"""The page on adding a diagnostic is true: its example is added as it says, and works."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

import physent
from physent import diagnostics
from physent.config import yaml
from physent.config.load import load_config
from physent.diagnostics.run import kinds
from physent.diagnostics.run.measure import function_of
from physent.errors import ConfigError

PAGE = (Path(__file__).parents[3] / "docs" / "adding-a-diagnostic.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def test_the_worked_example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (source,) = [text for kind, text in BLOCKS if kind == "python" and "class Participation" in text]
    (config,) = [text for kind, text in BLOCKS if kind == "yaml"]
    module = ModuleType("physent.diagnostics.run.kinds.participation")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, "participation.py", "exec"), module.__dict__)  # noqa: S102 - the page is ours
    monkeypatch.setitem(kinds.KINDS, "participation", module.KIND)
    data = yaml.parse(config, "page").data
    renyi = {"kind": "wave_entropies", "measures": ["renyi_2"], "form": "grid", "space": "wavenumber"}
    online = physent.run(data | {"diagnostics": [*data["diagnostics"], renyi]})
    np.testing.assert_allclose(online["participation"], np.exp(online["wave_entropies_renyi_2_k"]), rtol=1e-12)
    assert online["participation_largest"] == online["participation"].max()
    (tmp_path / "plan.yaml").write_text(yaml.dump({"diagnostics": data["diagnostics"]}))
    offline = physent.analyze(online, tmp_path / "plan.yaml")
    for name in ("participation", "participation_largest"):
        np.testing.assert_array_equal(offline[name], online[name])
    found = diagnostics.participation(online["spectrum"])
    function_of.cache_clear()
    xr.testing.assert_equal(found.participation, online["participation"])
    np.testing.assert_array_equal(found.participation_largest, online["participation_largest"])
    with pytest.raises(ConfigError, match=r"diagnostics\.0\.of: mass is one number per replica, expected a field"):
        load_config(data | {"diagnostics": [{"kind": "participation", "of": "mass"}]})


def test_the_line_is_one_of_the_table() -> None:
    """The table's lines look as the page says."""
    (line,) = re.findall(r"<!-- the line -->\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    table = Path(kinds.__file__).read_text()
    assert line.replace("participation", "conservation") in table


def test_the_function_of_the_page() -> None:
    (call,) = [text for kind, text in BLOCKS if kind == "python" and "physent.run" in text]
    names: dict[str, object] = {}
    exec(call.replace('"nlse/single_soliton"', '"nlse/single_soliton", set={"schedule.until": 0.2}'), names)  # noqa: S102
    run = names["run"]
    np.testing.assert_allclose(run["height"], 2.0, rtol=1e-3)  # type: ignore[index]


def test_every_method_that_a_kind_can_have_is_on_the_page() -> None:
    from physent.declare import Section
    from physent.diagnostics.run.declare import Diagnostic

    own = [name for name in vars(Diagnostic) if callable(getattr(Diagnostic, name)) and name not in dir(Section)]
    assert {name for name in own if not name.startswith("_")} - set(re.findall(r"`(\w+)`", PAGE)) == set()
