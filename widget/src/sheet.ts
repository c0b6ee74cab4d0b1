/** A style sheet that shadow roots share. It is constructed, so no CSP rule for styles concerns it. */
export function css(text: TemplateStringsArray): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text[0]!);
  return sheet;
}
