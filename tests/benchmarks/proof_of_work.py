"""How long a slow phone takes for the proof of work at rest: the widget's own script in Chromium, slowed six times."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import fmean, quantiles
from typing import Any

from altcha.v1 import Payload, verify_solution
from playwright.sync_api import CDPSession, Page
from readers import running_browser

import embedcomments_spam
from embedcomments.testing import App
from embedcomments_spam.work import AT_REST, challenge

SLOWED = 6
RUNS = 60
WRITTEN_MS = 3_000  # the shortest time that a comment may take
_SCRIPT = Path(embedcomments_spam.__file__).parent / "widget" / "spam.js"
_STUB = "window.embedcomments = { extend: (plugin) => { window.plugin = plugin; } };"
# As the widget calls it: the form's slot when it is first used, beforeSubmit when the button is pressed. There is no
# worker: the page's own thread computes, so that slowing the page slows the work.
_RUN = """
async ({ site, challenge, wait }) => {
  const api = { request: async () => ({ stamp: "a stamp", challenge }) };
  const form = document.createElement("form");
  const field = form.appendChild(document.createElement("div"));
  const frames = [];
  let last = performance.now(), done = false;
  const look = () => {
    const now = performance.now();
    frames.push(now - last);
    last = now;
    if (!done) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const began = performance.now();
  window.plugin.slots["form.fields"](field, { site, key: "page" }, api);
  if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
  const pressed = performance.now();
  const { extensions } = await window.plugin.beforeSubmit({ site, key: "page", parentId: null, text: site, form });
  const ended = performance.now();
  done = true;
  return { took: ended - began, waited: ended - pressed, frame: Math.max(...frames), work: extensions.work ?? null };
}
"""


def measure_proof_of_work() -> None:
    """Print the time to solve, how long the form waits for it, and the longest that a frame is late."""
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        app = App(Path(folder), embedcomments_spam)
        app.configure("spam", under_attack="off")
        ctx = app.context("spam")
        page = browser.new_page()
        page.evaluate(_STUB)
        page.add_script_tag(content=_SCRIPT.read_text("utf-8"))
        devtools = page.context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        at_once = []
        for number in range(RUNS):
            before = _cpu_ms(devtools)
            at_once.append({**_run(page, ctx, number, 0), "cpu": 0.0})
            at_once[-1]["cpu"] = _cpu_ms(devtools) - before
        later = [_run(page, ctx, RUNS + number, WRITTEN_MS) for number in range(5)]
        app.close()
    frame, waited = max(run["frame"] for run in at_once), max(run["waited"] for run in later)
    print(f"proof of work, {AT_REST:,} numbers at the most, CPU slowed {SLOWED} times, {RUNS} runs:")
    print(f"  {_spread([run['took'] for run in at_once])} by the clock, longest frame {frame:.0f} ms")
    print(f"  {_spread([run['cpu'] for run in at_once])} of the page's CPU, which a busy machine does not change")
    print(f"  sent {WRITTEN_MS / 1000:g} s after the form was first used, it waits {waited:.1f} ms at the most")


def _spread(times_ms: list[float]) -> str:
    return f"mean {fmean(times_ms):.0f} ms, 95 % within {quantiles(times_ms, n=20)[-1]:.0f} ms"


def _cpu_ms(devtools: CDPSession) -> float:
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(1000 * next(item["value"] for item in metrics if item["name"] == "TaskDuration"))


def _run(page: Page, ctx: Any, number: int, wait: int) -> dict[str, Any]:
    # A site's state is kept in the script; another name is a reader who comes anew.
    found: dict[str, Any] = page.evaluate(_RUN, {"site": f"site {number}", "challenge": challenge(ctx), "wait": wait})
    solved, _ = verify_solution(Payload(**found["work"]), ctx.fingerprint("spam: proof of work"), check_expires=False)
    assert solved
    return found


if __name__ == "__main__":
    measure_proof_of_work()
