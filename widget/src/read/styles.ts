/** How the thread helps those who read on. What comes late must move nothing, so most of it takes no room. */
import { css } from "../shared";

export const styles = css`
  /* It stands in the space that is above the first comment anyway. */
  .above {
    position: relative;
    z-index: 1;
    display: flex;
    align-items: center;
    min-block-size: max(24px, 1.5rem);
    margin-block: 0.35rem calc(-0.35rem - max(24px, 1.5rem));
    font-family: var(--ui);
    font-size: 0.8125rem;
    line-height: 1.5rem;
  }
  .tidings {
    flex: 1;
    margin: 0;
  }
  .tidings::before,
  .dot {
    display: inline-block;
    inline-size: 0.55rem;
    block-size: 0.55rem;
    border-radius: 50%;
    background: var(--accent);
  }
  .tidings::before {
    content: "";
    margin-inline-end: 0.45em;
    vertical-align: 0.02em;
  }
  .tidings .more {
    min-block-size: max(24px, 1.5rem);
    font-size: inherit;
  }
  /* A dot at the picture's corner; the word in it is for those who hear the thread. */
  .dot {
    position: absolute;
    inset-block-start: 0;
    inset-inline-start: calc(var(--face) - 0.5rem);
    overflow: hidden;
    color: transparent;
    font-size: 1px;
    line-height: 1px;
    box-shadow: 0 0 0 2px var(--ec-ground, Canvas);
  }
  /* The button stands where the line that leads to the answers begins, in the room that was kept for it. */
  .fold {
    position: relative;
    z-index: 1;
    display: flex;
    align-items: center;
    block-size: max(24px, 1.5rem);
    margin-block-end: calc(-1 * max(24px, 1.5rem));
    margin-inline-start: calc(var(--face) / 2 - 0.5px - max(24px, 1.5rem) / 2);
    padding: 0;
    border: 0;
    background: none;
    font-family: var(--ui);
    font-size: 0.8125rem;
    color: var(--soft);
  }
  .fold:hover {
    color: var(--accent);
  }
  .fold .icon {
    inline-size: 1rem;
    block-size: 1rem;
    margin-inline: calc(max(24px, 1.5rem) / 2 - 0.5rem);
  }
  .fold .dot {
    position: static;
    margin-inline-start: 0.4rem;
  }
  .fold[aria-expanded="false"] {
    margin-block-end: 0;
  }
  .fold + .kids[hidden] {
    margin: 0;
    block-size: 0;
  }
  @container (max-width: 30em) {
    .fold {
      margin-inline-start: calc(0.15rem + 0.5px - max(24px, 1.5rem) / 2);
    }
  }
  .apart {
    margin-block-end: 0.35rem;
  }
  .find-open {
    display: grid;
    place-items: center;
    inline-size: max(24px, 1.75rem);
    block-size: max(24px, 1.75rem);
    padding: 0;
    border: 0;
    border-radius: 0.3rem;
    background: none;
    margin-inline-start: auto;
    margin-block: -0.15rem;
    color: var(--soft);
    font-size: 0.9375rem;
  }
  .find-open:hover {
    color: var(--accent);
  }
  @media print {
    .above {
      display: none;
    }
    .kids[hidden] {
      content-visibility: visible;
      block-size: auto !important;
    }
  }
  @media (forced-colors: active) {
    .tidings::before,
    .dot {
      forced-color-adjust: none;
      background: Highlight;
    }
  }
  /* A design may say otherwise, though its sheet stands before this one. */
  :where(.fresh, .aimed)::before {
    content: "";
    position: absolute;
    z-index: -1;
    inset: -0.7rem;
    border-radius: var(--radius);
    background: color-mix(in srgb, var(--accent) 9%, transparent);
    animation: arrive 0.6s ease-out;
  }
  @keyframes arrive {
    from {
      background: color-mix(in srgb, var(--accent) 26%, transparent);
    }
  }
  @media (forced-colors: active) {
    :where(.fresh, .aimed)::before {
      outline: 2px solid Highlight;
    }
  }
  @media print {
    .form,
    .sort,
    button {
      display: none;
    }
  }
`;
