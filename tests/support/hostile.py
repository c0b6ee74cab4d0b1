"""Text that means harm, and how a page is asked whether any of it did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

COLLECTION = Path(__file__).parents[3] / "shared" / "data" / "xss" / "payloads.jsonl"

OWN = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    '<math><mi xlink:href="data:x,<script>alert(1)</script>">click</mi></math>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><img src=x onerror=alert(1)></template>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button autofocus onfocus=alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<style>@import 'javascript:alert(1)'; * { background: url(javascript:alert(1)) }</style>",
    "<p style='position:fixed;inset:0;background:url(https://evil.example/x)'>x</p>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=https://evil.example/>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "[x](<java\nscript:alert(1)>)",
    '[x](https://a.example "onmouseover=alert(1) x=\\"")',
    "![x](https://evil.example/pixel.gif)",
    "![x](javascript:alert(1))",
    '![" onerror="alert(1)](x)',
    "<javascript:alert(1)>",
    '<https://a.example/"onclick=alert(1)//>',
    "https://a.example/'onmouseover='alert(1)",
    "[x]: javascript:alert(1)\n\n[x]",
    '```"><img/src=x/onerror=alert(1)>\n```',
    "```js onclick=alert(1)\nx\n```",
    "`<img src=x onerror=alert(1)>`",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><x onclick=alert(1)>",
    "</textarea></title></style></script><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<<img src=x onerror=alert(1)>",
    "<a id=alert name=cookie href=x>x</a><form name=getElementById><input name=attributes></form>",
    "<b id=comment-x class=bar part=new-bar slot=x is=embed-comments>x</b>",
    "<embed-comments data-server=https://evil.example></embed-comments>",
    "<embed-comments-slot></embed-comments-slot>",
    "\u202e<img src=x onerror=alert(1)>",
    "<\u0000script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "<table><tr><td background=javascript:alert(1)>x</td></tr></table>",
]

# Everything by which harm would show itself: it calls one of these, or leaves.
WATCH = """
Math.random = () => 0;
window.__pwned = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = (...said) => { window.__pwned.push(`${name}: ${said}`); };
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  window.__pwned.push(`policy: ${violatedDirective} ${blockedURI} ${sample}`));
"""

# All elements below a root, its shadow trees included: what may not be anywhere, and what may be in a comment's text.
_FIND = """
({ texts, tags, attributes }) => {
  const found = [...window.__pwned];
  const bad = /^[\\u0000-\\u0020]*(javascript|data|vbscript|blob|file|filesystem):/i;
  const urls = ["href", "src", "action", "formaction", "data", "poster", "background", "srcset", "xlink:href", "cite"];
  const elements = ["script", "iframe", "frame", "object", "embed", "base", "meta", "template", "math", "video",
    "audio", "img", "style"];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      const name = element.localName;
      const told = element.cloneNode(false).outerHTML?.slice(0, 300);
      for (const attribute of element.attributes) {
        const is = attribute.name.toLowerCase();
        if (is.startsWith("on")) found.push(`handler: ${told}`);
        if (urls.includes(is) && bad.test(attribute.value) && !element.matches("head link[rel=icon]"))
          found.push(`address: ${told}`);
      }
      const isOurs = element.closest("head") || element.matches("script[src$='/embed.js']");
      if (elements.includes(name) && !isOurs) found.push(`element: ${told}`);
      const text = element.closest(texts);
      if (text && text !== element) {
        if (!tags.includes(name)) found.push(`tag: ${told}`);
        for (const attribute of element.attributes)
          if (!attributes.includes(attribute.name)) found.push(`attribute: ${told}`);
        if (name === "a" && element.href && !/^(https?|mailto):/.test(element.href)) found.push(`link: ${told}`);
      }
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(document);
  return found;
}
"""


def payloads() -> list[str]:
    """Our own, then those of the shared collection when it stands beside the repository."""
    if not COLLECTION.exists():
        return OWN
    lines = COLLECTION.read_text("utf-8").splitlines()
    return list(dict.fromkeys([*OWN, *(json.loads(line)["payload"] for line in lines)]))


def harm_in(page: Page, texts: str, tags: list[str], attributes: list[str]) -> Any:
    """Whatever got through on a page. ``texts``: the selector of elements that hold the HTML of comments, in which
    only ``tags`` and ``attributes`` may be."""
    return page.evaluate(_FIND, {"texts": texts, "tags": tags, "attributes": attributes})
