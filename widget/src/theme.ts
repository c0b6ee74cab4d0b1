/** Whether the page around a thread is light or dark. */

export type Theme = "light" | "dark";

/** Lightness of a computed colour, 0 to 1; any syntax that a canvas knows. */
function lightness(color: string): number {
  const [r = 0, g = 0, b = 0] = color.startsWith("rgb") ? color.match(/\d+/g)!.map(Number) : paint(color);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

function paint(color: string): number[] {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return [0, 0, 0];
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
}

/** The thread takes the page's text colour, so that colour says what lies under it. */
export function themeAround(element: Element): Theme {
  const parent = element.parentElement ?? document.body;
  return lightness(getComputedStyle(parent).color) > 0.5 ? "dark" : "light";
}

/** Call `changed` when page or system may have changed between light and dark. */
export function watchTheme(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  // Colours may also take a moment to change.
  const soon = () => {
    changed();
    setTimeout(changed, 400);
  };
  const observer = new MutationObserver(soon);
  const attributes = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-color-scheme", "data-bs-theme"] };
  observer.observe(document.documentElement, attributes);
  observer.observe(document.body, attributes);
  media.addEventListener("change", soon);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", soon);
  };
}
