/**
 * Our spaces and small type are written in rem, but a page may have made its rem any size (62.5% is
 * common). So they count in a unit of our own, which frame.ts takes from the text around the thread.
 * It is registered to be inherited as a length: as bare words its em would mean another size in each rule.
 */
try {
  CSS.registerProperty({ name: "--ec-unit", syntax: "<length>", inherits: true, initialValue: "16px" });
} catch {
  // Another copy of this module did it, or an older browser cannot; there the em is near enough.
}

/** A style sheet that shadow roots share. It is constructed, so no CSP rule for styles concerns it. */
export function css(text: TemplateStringsArray): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text[0]!.replace(/(-?[\d.]+)rem/g, "calc($1*var(--ec-unit))"));
  return sheet;
}

/** Add a sheet to a shadow root, once. */
export function adopt(root: ShadowRoot, sheet: CSSStyleSheet): void {
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
