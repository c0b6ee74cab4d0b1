/**
 * Comments as a newspaper prints letters: each under its number, in the page's own type, with hairlines
 * instead of boxes and no pictures.
 */
import { css } from "../shared";

export const sheet = css`
  .thread {
    --accent: var(--ec-accent, #1d4f86);
    --radius: var(--ec-radius, 0px);
    --gap: var(--ec-gap, 1.15rem);
    --face: 2.25rem;
    --line: var(--ec-line, color-mix(in srgb, var(--ink) 20%, transparent));
  }
  .dark {
    --accent: var(--ec-accent, #9cc5f2);
  }
  .head {
    border-block-start: 4px double var(--ink);
    padding-block: 0.9rem 0.75rem;
  }
  :host([data-ground]) .thread {
    padding-block-start: 1.25rem;
  }
  :host([data-ground]) .head {
    border-block-start: 4px double var(--ink);
  }
  h2 {
    font-size: 1.45em;
    font-weight: 700;
    letter-spacing: -0.005em;
  }
  .comment > .avatar {
    display: none;
  }
  .list > .item,
  .kids > ol > .item {
    margin: 0;
    padding-block: var(--gap) 0;
  }
  .list {
    padding: 0;
  }
  .list > .item {
    padding-block-end: var(--gap);
    border-block-start: 1px solid var(--line);
  }
  .list:not(:empty) {
    border-block-end: 1px solid var(--line);
  }
  .list:first-of-type {
    margin-block-start: 2.1rem;
  }
  .thread .fold + .kids[hidden] {
    margin: 0;
  }
  .kids,
  .kids.deep {
    margin: max(24px, 1.5rem) 0 0;
    padding-inline: var(--gutter) 0;
    border: 0;
  }
  .kids.flat {
    padding: 0;
  }
  .kids > ol {
    --face: 2.25rem;
  }
  .kids > ol > .item,
  .kids > ol > .item:first-child {
    padding-block-start: var(--gap);
    border-block-start: 1px solid var(--line);
  }
  .kids > ol > .item + .item {
    margin-block-start: var(--gap);
  }
  .replying {
    margin-inline-start: var(--gutter);
  }
  /* The number stands in the margin of the column; a long one moves the name. */
  .comment > .meta {
    grid-column: 1 / -1;
    column-gap: 0.6rem;
    padding-inline: var(--gutter) 0;
    font-family: inherit;
    line-height: 1.6;
  }
  .number {
    position: static;
    order: -1;
    min-inline-size: var(--face);
    margin-inline: calc(-1 * var(--gutter)) 0.15rem;
    font-size: 1.0625rem;
    line-height: inherit;
    color: var(--accent);
  }
  .name,
  .ping-line {
    font-size: 1.0625rem;
    font-weight: 700;
  }
  .ping-line {
    flex: 1;
    font-weight: 400;
  }
  .when,
  .up,
  .badge {
    font-family: var(--ui);
  }
  .badge {
    padding-inline: 0.4em;
    border-radius: 0;
  }
  .comment.gone {
    grid-template-columns: auto 1fr;
    align-items: baseline;
  }
  .comment.gone > .number {
    grid-area: 1 / 1;
    margin: 0;
  }
  .comment.gone > .meta {
    grid-column: 2;
    padding: 0;
    font-family: var(--ui);
  }
  /* The sign stands below the number. */
  .thread .fold {
    margin-inline-start: calc(0.5rem - max(24px, 1.5rem) / 2);
  }
  /* What is new stands before its number. */
  .thread .comment .dot {
    inset-block-start: 0.55rem;
    inset-inline-start: -0.85rem;
  }
  .reply .icon {
    display: none;
  }
  .actions {
    margin-block-start: 0.15rem;
  }
  .form {
    border-inline-width: 0;
    background: var(--ec-field, var(--wash));
  }
  .body :is(code, pre, img, video),
  .foot button,
  .note {
    border-radius: var(--radius);
  }
  .fresh::before,
  .aimed::before {
    inset: -0.6rem -0.75rem;
  }
  @container (max-width: 30em) {
    .comment > .meta,
    .comment.gone > .meta {
      padding: 0;
    }
    .number {
      min-inline-size: 0;
      margin: 0;
    }
    .comment {
      column-gap: 0;
      grid-template-columns: minmax(0, 1fr);
    }
    .comment > *,
    .comment > .meta ~ * {
      grid-column: 1;
    }
    .comment.gone {
      column-gap: 0.6rem;
    }
    .comment.gone > .number {
      min-inline-size: 0;
    }
    .kids {
      padding-inline-start: 1.1rem;
    }
    .kids.deep,
    .kids.flat {
      padding: 0;
    }
    .replying {
      margin-inline-start: 0;
    }
  }
`;
