/** Which language the thread speaks. */

/** Languages with a catalogue of their own; English is built in. */
export const LANGUAGES = ["de", "es", "fa", "fr", "hy", "ru", "tr", "zh-Hans"];

/** The catalogue's name for a BCP 47 tag, or undefined when we do not speak it. */
function match(tag: string): string | undefined {
  const wanted = tag.toLowerCase();
  if (/^zh(?!.*-(hant|tw|hk|mo))/.test(wanted)) return "zh-Hans";
  const base = wanted.split(/[-_]/)[0]!;
  return base === "en" ? "en" : LANGUAGES.find((language) => language === base);
}

/** The first of these that we speak: what the site says, what the page says, what the browser says. */
export function chooseLanguage(said: string): string {
  for (const tag of [said, document.documentElement.lang, ...(navigator.languages ?? [])]) {
    const found = tag && match(tag);
    if (found) return found;
  }
  return "en";
}
