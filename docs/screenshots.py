"""Takes the pictures in docs/screenshots/ of every design, light and dark, narrow and wide, in both directions, and
writes docs/looks.md, which shows them: ``make screenshots``. They come from the running demo, with two conversations
of its own, on two pages that are no newspaper's."""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pictures import OPTIONS, demo, system_browser
from playwright.sync_api import Browser, Page, Route, sync_playwright

FOLDER = Path(__file__).parent
PICTURES = FOLDER / "screenshots"
MOST_BYTES = 1_500_000
DESIGNS = ("plain", "newspaper", "cards")
SCHEMES = ("light", "dark")
SIZES = {1200: (1200, 1080, 1), 390: (390, 844, 2)}  # width, height, pixels for each
QUALITY = 0.72
SITE = "looks"
# The pages are made up here, so the browser does not take them for local ones that may ask a local server.
ALLOWED = "--disable-features=LocalNetworkAccessChecks"


class Said(NamedTuple):
    """A comment: who, how many minutes ago, what in HTML, and in answer to which (counted from 1)."""

    who: str
    ago_min: int
    html: str
    to: int = 0


class Scene(NamedTuple):
    """A page and what is said below it."""

    lang: str
    dir: str
    title: str
    text: str
    said: tuple[Said, ...]


SCENES = {
    "ltr": Scene(
        "en",
        "ltr",
        "A letter that only one town still casts",
        "The foundry on the river has made type since 1893. This spring it pours the last of its Armenian faces anew, "
        "by hand, for anyone who asks in writing.",
        (
            Said("Nshan", 2900, "My grandfather set type here in 1962. Is <em>Mesrop</em> the one with the tall Ք?"),
            Said(
                "The foundry",
                2710,
                "<blockquote>the one with the tall Ք</blockquote>It is, and on the press today. Come before noon, "
                "and bring the photograph.",
                1,
            ),
            Said("Անահիտ", 2500, "Վաղը կգանք երեխաների հետ։ Նրանք երբեք ձեռքով տառ չեն շարել։", 2),
            Said("王小明", 1700, "真希望能亲眼看看那些铅字。周末开放吗？"),
            Said("Clara Odell", 1460, "Saturdays until four. 土曜日も開いています。🖋️", 4),
            Said("مريم", 1300, "خبر جميل! كان أبي منضّد حروف، وما زلت أشتاق إلى صوت الآلة."),
            Said(
                "Ida",
                600,
                "Two things I learned there:<ul><li>Ink dries slower than you think.</li><li>An <code>em</code> is a "
                "real piece of lead.</li></ul>",
            ),
            Said("Юрий", 420, "А можно прийти с собственной бумагой? Осталось несколько листов довоенной верже.", 7),
            Said("ნინო", 90, "ჩვენთან თბილისშიც იყო ასეთი. ახლა იქ კაფეა."),
            Said("Arn", 6, "If you need hands on Saturdays: I can still fold and stitch."),
        ),
    ),
    "rtl": Scene(
        "ar",
        "rtl",
        "حرف لا تسبكه إلا مدينة واحدة",
        "منذ عام 1893 يصنع المسبك المطلّ على النهر حروف الطباعة. "
        "وفي هذا الربيع يصبّ آخر خطوطه القديمة من جديد، بيد صانع واحد، لكل من يطلب ذلك كتابةً.",
        (
            Said("سلمى", 2900, "كان جدي ينضّد الحروف هنا سنة 1962. هل نجا الخط النسخي من الفيضان؟"),
            Said(
                "المسبك",
                2710,
                "<blockquote>هل نجا الخط النسخي من الفيضان؟</blockquote>نجت أربعة أحجام من ستة. مقاس 24pt على المطبعة "
                "اليوم، فتعالي قبل الظهر ومعك الصورة.",
                1,
            ),
            Said("Nshan", 2500, "There is one of him with a moustache and without a shirt. Will that do?", 2),
            Said("שירה", 1700, "איזה יופי! אבא שלי היה סדר דפוס, ואני עדיין מתגעגעת לרעש של המכונה."),
            Said("نادر", 1460, "وهل تفتحون يوم السبت؟ سنأتي من بعيد، ومعنا <em>InDesign</em> لا غير 😄", 4),
            Said("مریم", 1300, "چه خبر خوبی! آیا کارگاه برای بازدیدکنندگان هم باز است؟"),
            Said(
                "ليلى",
                600,
                "تعلمت هناك أمرين:<ul><li>الحبر أبطأ جفافًا مما تظن.</li><li>وحدة <code>em</code> قطعة رصاص "
                "حقيقية.</li></ul>",
            ),
            Said("Անահիտ", 420, "Վաղը կգանք երեխաների հետ։", 7),
            Said("يوسف", 6, "إن احتجتم إلى من يطوي ويخيط أيام السبت فأنا حاضر."),
        ),
    ),
}
# Arabic letters are smaller than Latin ones of the same size.
SIZE_OF_TYPE = {"ltr": "1.0625rem", "rtl": "1.1875rem"}
FONTS = {
    "ltr": 'Charter, "Noto Serif", "Noto Serif Armenian", "Noto Serif Georgian", "Noto Naskh Arabic", '
    '"Noto Serif CJK SC", serif',
    "rtl": '"Noto Naskh Arabic", "Noto Serif Hebrew", "Noto Serif", "Noto Serif Armenian", serif',
}


def export(origin: str) -> str:
    """The conversations as WordPress would export them."""
    now = datetime.now(UTC)
    items = []
    for name, scene in SCENES.items():
        offset = 100 * (1 + list(SCENES).index(name))
        comments = "".join(
            f"""<wp:comment><wp:comment_id>{offset + number}</wp:comment_id>
<wp:comment_author><![CDATA[{said.who}]]></wp:comment_author>
<wp:comment_date_gmt>{now - timedelta(minutes=said.ago_min):%Y-%m-%d %H:%M:%S}</wp:comment_date_gmt>
<wp:comment_content><![CDATA[{said.html}]]></wp:comment_content>
<wp:comment_approved>1</wp:comment_approved><wp:comment_type>comment</wp:comment_type>
<wp:comment_parent>{offset + said.to if said.to else 0}</wp:comment_parent></wp:comment>"""
            for number, said in enumerate(scene.said, start=1)
        )
        items.append(
            f"""<item><title><![CDATA[{scene.title}]]></title><link>{origin}/looks/{name}</link>
<wp:post_id>{offset}</wp:post_id><wp:comment_status>open</wp:comment_status><wp:post_type>post</wp:post_type>
<wp:status>publish</wp:status>{comments}</item>"""
        )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>
{"".join(items)}</channel></rss>"""


def page_html(scene: Scene, server: str, design: str) -> str:
    """A page that is nobody's in particular."""
    return f"""<!doctype html><html lang="{scene.lang}" dir="{scene.dir}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(scene.title)}</title>
<link rel="icon" href="data:,"><style>
:root {{ color-scheme: light dark }}
body {{ margin: 0; font: {SIZE_OF_TYPE[scene.dir]}/1.6 {FONTS[scene.dir]};
  color: light-dark(#1d1c1a, #e8e5df); background: light-dark(#f9f7f2, #17181a) }}
main {{ max-width: 50rem; margin: 0 auto; padding: clamp(1.5rem, 4vw, 3rem) 1.1rem 5rem }}
h1 {{ font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.25; margin: 0 0 .7rem; text-wrap: balance }}
p {{ margin: 0; text-wrap: pretty }}
embed-comments {{ --ec-margin: 2rem }}
</style></head><body><main><h1>{escape(scene.title)}</h1><p>{escape(scene.text)}</p>
<script async src="{server}/embed.js" data-site="{SITE}" data-design="{design}"></script></main></body></html>"""


def take(browser: Browser, origin: str, server: str, name: str, design: str, scheme: str, width: int) -> bytes:
    """The picture as WebP."""
    wide, high, pixels = SIZES[width]
    context = browser.new_context(
        viewport={"width": wide, "height": high},
        device_scale_factor=pixels,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=page_html(SCENES[name], server, design))

    page.route(f"{origin}/looks/{name}", answer)
    page.goto(f"{origin}/looks/{name}")
    page.wait_for_selector("embed-comments[data-status=ready]")
    page.wait_for_selector("embed-comments .fold")
    page.evaluate("document.fonts.ready")
    if width == 390:
        # On a phone the article would leave no room.
        page.evaluate("document.querySelector('p').scrollIntoView({block: 'start'}); scrollBy(0, -16)")
    page.wait_for_timeout(300)
    found = as_webp(page, page.screenshot())
    context.close()
    return found


def as_webp(page: Page, png: bytes) -> bytes:
    """The picture, encoded by the browser: a quarter of what it is as PNG."""
    encoded: str = page.evaluate(
        """async ([png, quality]) => {
            const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
            const canvas = new OffscreenCanvas(image.width, image.height);
            canvas.getContext("2d").drawImage(image, 0, 0);
            const blob = await canvas.convertToBlob({ type: "image/webp", quality });
            const bytes = new Uint8Array(await blob.arrayBuffer());
            return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        }""",
        [base64.b64encode(png).decode(), QUALITY],
    )
    return base64.b64decode(encoded)


def file_name(name: str, design: str, scheme: str, width: int) -> str:
    return f"{design}-{scheme}-{width}-{name}.webp"


def gallery() -> str:
    """docs/looks.md."""
    parts = [
        "# Looks\n\nThe [ready designs](embedding.md#looks), light and dark, narrow and wide, in both directions. "
        "`make screenshots` takes these pictures anew and writes this page."
    ]
    for design in DESIGNS:
        parts.append(f"\n## {design.title()}\n")
        for name, width in product(SCENES, sorted(SIZES, reverse=True)):
            across = "49%" if width == 1200 else "32%"
            images = [
                f'<img src="screenshots/{file_name(name, design, scheme, width)}" width="{across}" '
                f'alt="{design}, {scheme}, {width} px wide, {"left to right" if name == "ltr" else "right to left"}">'
                for scheme in SCHEMES
            ]
            parts.append(f"<p>{' '.join(images)}</p>")
    return "\n".join(parts) + "\n"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as (article, link),
        sync_playwright() as playwright,
    ):
        origin = "://".join(urlsplit(article)[:2])
        server = "://".join(urlsplit(link)[:2])
        seed = Path(folder) / "looks.xml"
        seed.write_text(export(origin), "utf-8")
        for command in (
            ["site", "add", SITE, "--origin", origin],
            ["plugin", "enable", "reactions", "--site", SITE],
            ["import", "wordpress", str(seed), "--site", SITE],
        ):
            program = [sys.executable, "-m", "embedcomments", "--data-dir", folder]
            subprocess.run([*program, *command], check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=system_browser(), args=[*OPTIONS, ALLOWED])
        total = 0
        for name, design, scheme, width in product(SCENES, DESIGNS, SCHEMES, SIZES):
            picture = take(browser, origin, server, name, design, scheme, width)
            (PICTURES / file_name(name, design, scheme, width)).write_bytes(picture)
            total += len(picture)
        browser.close()
    (FOLDER / "looks.md").write_text(gallery(), "utf-8")
    print(f"{len(SCENES) * len(DESIGNS) * len(SCHEMES) * len(SIZES)} pictures, {total / 1000:.0f} kB")
    if total > MOST_BYTES:
        sys.exit(f"That is more than {MOST_BYTES / 1000:.0f} kB.")


if __name__ == "__main__":
    main()
