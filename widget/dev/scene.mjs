/** A thread with everything in it, and the page it stands on. */

export const KEY = "https://example.com/printing-house";

export function fillStore(store, key = KEY, site = "default") {
  const add = (ago, name, text, rest = {}) => store.add(site, key, { ago, name, text, ...rest });
  const first = add(11_000, "Nshan", "My grandfather set type here in 1962. Does anyone know whether the **Mesrop** face survived the flood?");
  const second = add(9000, "Printing House", "Four of six sizes did. Come by, we will show you the cases; the 24 pt is on press today.", {
    parent: first.id,
    author: { name: "Printing House", url: "https://example.com/", avatar: null, badge: "author" },
  });
  const third = add(8600, "Անահիտ", "Շնորհակալություն։ Վաղը կգանք երեխաների հետ, եթե թույլ կտաք նայել։", { parent: second.id });
  const fourth = add(8300, "Юрий Константинопольский", "А можно ли прийти с собственной бумагой? У меня осталось несколько листов довоенной верже.", { parent: third.id });
  const fifth = add(8100, "Printing House", "Конечно, приносите.", { parent: fourth.id, author: { name: "Printing House", url: null, avatar: null, badge: "author" } });
  const sixth = add(8000, "Nshan", "I would like to see that paper.", { parent: fifth.id });
  add(7900, "Lilit", "Me too! 😍", { parent: sixth.id });
  add(7000, "مریم", "چه خبر خوبی! آیا کارگاه برای بازدیدکنندگان هم باز است؟");
  const gone = add(6800, "Somebody", "Buy cheap things");
  add(6700, "Petros", "That was uncalled for.", { parent: gone.id });
  store.remove(gone.id);
  add(2400, null, "", {
    kind: "pingback",
    link: { url: "https://letters.example/type-cases", title: "A walk through the type cases | Letters of Yerevan" },
    html: "<p>[…] the presses on Abovyan Street <b>run once more</b>, and the smell of ink […]</p>",
  });
  add(1800, "王小明", "这家老印刷厂终于重新开放了，真希望能亲眼看看那些铅字。周末开放吗？");
  add(900, "averyveryverylongnamewithoutanyspacesinitthatgoesonandon", "https://example.com/a/very/long/address/without/any/place/to/break/it/which/must/not/push/the/page/wider/than/the/screen", {});
  add(300, null, "", {
    html: '<p>Two things I learned there:</p><ul><li>Ink dries slower than you think.</li><li>The <code>em</code> is a real piece of lead.</li></ul><blockquote><p>Typography is what language looks like.</p></blockquote><pre><code>for size in (6, 8, 10, 12, 24):\n    cast(face="Mesrop", size_pt=size)  # a comment that runs on and on and on</code></pre>',
  });
  add(20, "Arn", "If you need hands on Saturdays: I can still fold and stitch. `arn` at the desk knows me.");
}

/** A page of a magazine; the query says how it and the thread differ. */
export function hostPage(server, query = new URLSearchParams()) {
  const lang = query.get("lang") ?? "en";
  const dark = query.has("dark");
  const attributes = [...query].filter(([name]) => name.startsWith("data-")).map(([name, value]) => ` ${name}="${value}"`);
  return `<!doctype html>
<html lang="${lang}" dir="${/^(fa|ar|he)/.test(lang) ? "rtl" : "ltr"}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The old printing house opens its doors again</title>
<link rel="icon" href="data:,">
<style>
  body { margin: 0; font: 18px/1.6 Charter, "Source Serif 4", "Noto Serif", Georgia, serif; color: ${dark ? "#e9e6e1" : "#1c1b1a"}; background: ${dark ? "#16171a" : "#fffdfa"}; }
  main { max-width: 42rem; margin: 0 auto; padding: 3rem 1.25rem 6rem; }
  h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .75rem; }
</style>
<main>
  <h1>The old printing house opens its doors again</h1>
  <p>After eleven years behind scaffolding, the presses on Abovyan Street run once more. Not for newspapers, as the founders had it, but for the posters, chapbooks and small magazines of anyone who walks in before noon.</p>
  <script async src="${server}/embed.js" data-key="${query.get("key") ?? KEY}"${attributes.join("")}></script>
</main>
</html>`;
}
