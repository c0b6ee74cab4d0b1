/** Each conversation on a card of its own: a ground a shade from the page's, a hairline, and the answers within. */
import { css } from "../shared";

export const sheet = css`
  .thread {
    --radius: var(--ec-radius, 0.9rem);
    --gap: var(--ec-gap, 1.4rem);
    --card: var(--ec-card, color-mix(in srgb, #fff 72%, transparent));
    --lift: 0 1px 2px rgb(0 0 0 / 4%), 0 6px 20px -8px rgb(0 0 0 / 10%);
  }
  .dark {
    --card: var(--ec-card, color-mix(in srgb, #fff 5%, transparent));
    --lift: none;
  }
  .head {
    border: 0;
    padding-block-start: 0;
  }
  :host([data-ground]) .thread {
    padding-block-start: 1.25rem;
  }
  .form,
  .list > .item {
    background: var(--ec-field, var(--card));
    box-shadow: var(--lift);
  }
  .list > .item {
    --line: var(--ec-line, color-mix(in srgb, var(--ink) 12%, transparent));
    margin-block-start: 1rem;
    padding: 1.25rem 1.25rem 0.95rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--card);
  }
  .form {
    border-color: var(--edge);
  }
  .form:focus-within {
    box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 18%, transparent), var(--lift);
  }
  .item .form {
    border-radius: calc(var(--radius) * 0.7);
    box-shadow: none;
  }
  .list {
    padding-block-start: 0.9rem;
  }
  .list ~ .list {
    padding-block-start: 0;
  }
  .wide {
    margin-block-start: 1rem;
    background: var(--card);
  }
  /* The card has a ground, so the glow lies on it and not beneath. */
  .fresh::before,
  .aimed::before {
    z-index: 0;
    inset: -0.65rem -0.65rem -0.35rem;
    border-radius: calc(var(--radius) * 0.7);
    pointer-events: none;
  }
  @container (max-width: 30em) {
    .list:first-of-type {
      padding-block-start: 1.15rem;
    }
    .list > .item {
      padding: 1rem 1rem 0.75rem;
      margin-block-start: 0.75rem;
    }
  }
`;
