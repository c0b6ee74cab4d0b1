/**
 * How the thread as a whole looks. What readers wrote, and the title above it, stand in the page's own
 * type and colour; our words stand in the system's. Every colour and space hangs on a custom property
 * that a page may set.
 */
import { css } from "../sheet";

export const frame = css`
  :host {
    display: block;
    margin-block: var(--ec-margin, 3rem);
  }
  :host([hidden]) {
    display: none;
  }
  /*
   * The thread and not the host measures its width: a page's rules may make the host inline. The unit
   * stands for rem in all our sheets (sheet.ts); the page's own rem is written REM.
   */
  .thread {
    --ec-unit: max(1REM, 0.888em);
    container-type: inline-size;
    --accent: var(--ec-accent, #0b6b4d);
    --on-accent: var(--ec-on-accent, #fff);
    --danger: var(--ec-danger, #b3261e);
    --ink: var(--ec-ink, currentColor);
    --soft: var(--ec-soft, color-mix(in srgb, var(--ink) 68%, transparent));
    --edge: var(--ec-edge, color-mix(in srgb, var(--ink) 52%, transparent));
    --line: var(--ec-line, color-mix(in srgb, var(--ink) 15%, transparent));
    --wash: var(--ec-wash, color-mix(in srgb, var(--ink) 5%, transparent));
    --radius: var(--ec-radius, 0.6rem);
    --gap: var(--ec-gap, 1.75rem);
    --face: var(--ec-avatar-size, 2.25rem);
    --gutter: calc(var(--face) + 0.75rem);
    --ui: var(--ec-ui-font, system-ui, sans-serif);
    color: var(--ink);
    font-family: var(--ec-text-font, inherit);
    font-size: var(--ec-font-size, inherit);
    line-height: 1.6;
    text-align: start;
    color-scheme: light;
  }
  .dark {
    --accent: var(--ec-accent, #6fd3ac);
    --on-accent: var(--ec-on-accent, #0a2219);
    --danger: var(--ec-danger, #ffb4ab);
    color-scheme: dark;
  }
  :host([data-ground]) .thread {
    --ink: var(--ec-ink, #1c1b1a);
    background: var(--ec-ground, #fffdfa);
    padding: 0 1.25rem 1.25rem;
    border-radius: var(--radius);
  }
  :host([data-ground]) .head {
    border: 0;
  }
  :host([data-ground]) .dark {
    --ink: var(--ec-ink, #e9e6e1);
    background: var(--ec-ground, #17181b);
  }
  /* What stands for ::before and ::after alike would have their style made for each element. */
  * {
    box-sizing: border-box;
  }
  .sr {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .live,
  .sort,
  .meta,
  .actions,
  .gone,
  .policy,
  .quiet-words,
  .more,
  .oops {
    font-family: var(--ui);
  }
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button,
  select {
    cursor: pointer;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 0.2rem;
  }
  a {
    color: inherit;
    text-decoration-color: var(--edge);
    text-decoration-thickness: 1px;
    text-underline-offset: 0.2em;
  }

  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem 1.1rem;
    border-block-start: 1px solid var(--line);
    padding-block: 1.4rem 0.9rem;
  }
  h2 {
    flex: 1 0 auto;
    margin: 0;
    font-family: var(--ec-title-font, inherit);
    font-size: 1.2em;
    font-weight: 700;
    line-height: 1.3;
  }
  .live,
  .sort,
  .meta {
    font-size: 0.8125rem;
    line-height: 1.5rem;
  }
  .live,
  .sort,
  .when,
  .up,
  .number,
  .policy,
  .quiet-words,
  .gone p,
  .actions button,
  .ping .body,
  .ping > .avatar {
    color: var(--soft);
  }
  .live::before {
    content: "";
    display: inline-block;
    inline-size: 0.5em;
    block-size: 0.5em;
    margin-inline-end: 0.5em;
    border-radius: 50%;
    background: var(--accent);
    vertical-align: 0.08em;
  }
  .writing::before {
    animation: breathe 1.6s ease-in-out infinite;
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }
  select {
    appearance: none;
    min-block-size: 1.75rem;
    padding-inline: 0 1.15rem;
    border: 0;
    background: none;
    field-sizing: content;
  }
  select option {
    color: CanvasText;
    background: Canvas;
  }
  .sort {
    position: relative;
    display: inline-block;
  }
  .sort::after {
    content: "";
    box-sizing: border-box;
    position: absolute;
    inset-inline-end: 0.15rem;
    inset-block-start: 50%;
    inline-size: 0.4rem;
    block-size: 0.4rem;
    margin-block-start: -0.32rem;
    border: solid;
    border-width: 0 1.5px 1.5px 0;
    rotate: 45deg;
    pointer-events: none;
  }
  .policy {
    max-inline-size: 38rem;
    margin-block-end: 1rem;
    font-size: 0.875rem;
    line-height: 1.55;
  }
  .policy > * {
    margin: 0 0 0.5em;
  }
  .quiet-words {
    margin: 0 0 1rem;
    font-size: 0.9rem;
  }
  .empty {
    margin-block: 1.75rem;
  }

  .form {
    position: relative;
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ec-field, transparent);
  }
  .form:focus-within {
    border-color: var(--accent);
    box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 18%, transparent);
  }
  textarea {
    display: block;
    inline-size: 100%;
    min-block-size: 3.6em;
    max-block-size: 60vh;
    padding: 0.85em 1rem;
    border: 0;
    border-radius: inherit;
    resize: none;
    field-sizing: content;
    background: none;
    color: inherit;
    font: inherit;
  }
  [dir="rtl"] :placeholder-shown {
    direction: rtl;
  }
  textarea:focus-visible {
    outline: 2px solid transparent;
    border-radius: inherit;
  }
  ::placeholder {
    color: var(--soft);
    opacity: 1;
  }
`;
