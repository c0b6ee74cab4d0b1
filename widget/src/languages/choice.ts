/** Which language the thread speaks. */

/** What there are words for: Portuguese is Brazil's, Chinese is in both its scripts, English is built in. */
export const LANGUAGES = "ar az bg cs da de el en es fa fi fr he hi hu hy id it ja ka ko nb nl pl pt ro ru sv th tr uk vi zh".split(" ");

/** The catalogue for the first of these that we speak: what the site says, what the page says, what the browser says. */
export function chooseLanguage(said: string): string {
  for (const tag of [said, document.documentElement.lang, ...navigator.languages]) {
    // Who reads one written Norwegian reads the other.
    const language = tag.toLowerCase().split(/[-_]/)[0]!.replace(/^n[no]$/, "nb");
    if (LANGUAGES.includes(language)) return language === "zh" ? `zh-Han${/hant|tw|hk|mo/i.test(tag) ? "t" : "s"}` : language;
  }
  return "en";
}
