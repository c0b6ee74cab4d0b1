"""The widget's part, run by Node against a page made of a few stand-ins."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import embedcomments_spam as plugin

NODE = shutil.which("node")

PAGE = """
const calls = [];
let part;
globalThis.window = { embedcomments: { extend: (plugin) => { part = plugin; } } };
const make = () => ({
  children: [], attributes: {}, value: "", styles: {},
  style: { setProperty(name, value) { this[name] = value; } },
  setAttribute(name, value) { this.attributes[name] = value; },
  append(child) { this.children.push(child); },
  remove() { this.removed = true; },
});
globalThis.document = { createElement: make };
require(process.argv[1]);
const api = (answer) => ({ request: async (path) => { calls.push(path); return answer(); } });
const form = (field) => ({ querySelector: (selector) => (selector.includes(field.name) ? field : null) });
(async () => {
  const element = make();
  const clean = part.slots["form.fields"](element, { site: "a b" }, api(() => ({ stamp: "S" })));
  const [field] = element.children;
  const person = await part.beforeSubmit({ site: "a b", form: form(field) });
  field.value = "http://spam.example";
  const robot = await part.beforeSubmit({ site: "a b", form: form(field) });
  part.slots["form.fields"](make(), { site: "a b" }, api(() => ({ stamp: "again" })));
  const edited = make();
  part.slots["form.fields"](edited, { site: "a b", editing: true }, api(() => ({})));
  part.slots["form.fields"](make(), { site: "lost" }, api(() => { throw new Error("offline"); }));
  const lost = await part.beforeSubmit({ site: "lost", form: { querySelector: () => null } });
  clean();
  console.log(JSON.stringify({
    name: part.name, api: part.api, calls, person, robot, lost, hidden: element.hidden, style: element.style.display,
    field: { tabIndex: field.tabIndex, autocomplete: field.autocomplete, hidden: field.attributes["aria-hidden"] },
    removed: field.removed, editedFields: edited.children.length,
  }));
})();
"""


@pytest.fixture(scope="module")
def told() -> Any:
    if NODE is None:
        pytest.skip("Node is not installed")
    (asset,) = plugin.register_widget_assets()
    assert asset.when == "form"
    done = subprocess.run([NODE, "-e", PAGE, str(asset.file)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_part_sends_the_stamp_and_what_a_robot_wrote(told: Any) -> None:
    assert told["person"] == {"extensions": {"stamp": "S"}}
    assert told["robot"] == {"extensions": {"stamp": "S", "website": "http://spam.example"}}


def test_one_stamp_is_asked_for_however_many_forms_there_are(told: Any) -> None:
    assert told["calls"] == ["/p/spam/a%20b/stamp", "/p/spam/lost/stamp"]


def test_a_lost_request_does_not_stop_the_writer(told: Any) -> None:
    assert told["lost"] == {"extensions": {}}


def test_people_screen_readers_and_autofill_do_not_meet_the_field(told: Any) -> None:
    assert told["hidden"] is True
    assert told["style"] == "none"
    assert told["field"] == {"tabIndex": -1, "autocomplete": "off", "hidden": "true"}


def test_the_field_goes_with_its_form_and_is_not_in_edits(told: Any) -> None:
    assert told["removed"] is True
    assert told["editedFields"] == 0


def test_the_script_passes_the_strictest_policy() -> None:
    source = (Path(plugin.__file__).parent / "widget" / "spam.js").read_text(encoding="utf-8")

    assert not any(
        forbidden in source for forbidden in ("innerHTML", "eval(", "new Function", 'setAttribute("style"', "cookie")
    )
