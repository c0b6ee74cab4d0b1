/** How the form looks once somebody writes, and what they wrote while it waits. */
import { css } from "../shared";

export const styles = css`
  embed-comments-composer {
    display: block;
  }
  .form {
    transition: border-color 0.15s;
  }
  .replying {
    margin-block-start: 0.9rem;
    margin-inline-start: var(--gutter);
  }
  .tools,
  .fields,
  .own-slot,
  .foot,
  .note {
    font-family: var(--ui);
    font-size: 0.875rem;
    line-height: 1.5;
  }
  .open textarea {
    min-block-size: 6.5em;
    transition: min-block-size 0.18s ease-out;
  }
  textarea[hidden] {
    display: none;
  }
  .preview {
    min-block-size: 6.5em;
    padding: 0.85em 1rem;
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 0.25rem 0.9rem;
    padding: 0 1rem 0.6rem;
  }
  .hint,
  .modes button {
    font-size: 0.8125rem;
  }
  .hint,
  .modes button,
  .fields span,
  .note,
  .held .body {
    color: var(--soft);
  }
  .modes {
    display: inline-flex;
    flex-wrap: wrap;
    gap: 0 0.9rem;
  }
  .modes button {
    min-block-size: 1.75rem;
    padding: 0 0 2px;
    border: 0;
    background: none;
  }
  .modes button:hover,
  .modes [aria-pressed="true"] {
    color: inherit;
  }
  .modes [aria-pressed="true"] {
    padding: 0;
    border-block-end: 2px solid var(--accent);
    font-weight: 600;
  }
  .marks {
    display: inline-flex;
    flex-wrap: wrap;
    align-self: center;
    gap: 2px;
    margin-inline-end: auto;
  }
  .marks button {
    display: grid;
    place-items: center;
    inline-size: 1.75rem;
    block-size: 1.75rem;
    padding: 0;
    border: 0;
    border-radius: calc(var(--radius) * 0.6);
    background: none;
    color: var(--soft);
  }
  .marks button:hover {
    background: color-mix(in srgb, currentColor 10%, transparent);
    color: inherit;
  }
  .left {
    font-variant-numeric: tabular-nums;
  }
  .left.over {
    color: var(--danger);
    font-weight: 600;
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr));
    align-items: end;
    gap: 0.75rem 1.5rem;
    padding: 0.8rem 1rem 0;
    border-block-start: 1px solid var(--line);
  }
  .fields label {
    font-size: 0.8125rem;
  }
  .fields input {
    display: block;
    inline-size: 100%;
    min-block-size: 2rem;
    padding: 0.1rem 0;
    border: 0;
    border-block-end: 1px solid var(--edge);
    border-radius: 0;
    background: none;
    /* A phone zooms into what is smaller. */
    font-size: max(16px, 0.9375rem);
  }
  .fields input:focus-visible {
    outline: 2px solid transparent;
    border-color: var(--accent);
    box-shadow: 0 1px 0 var(--accent);
  }
  .fields input[aria-invalid="true"] {
    border-color: var(--danger);
    box-shadow: 0 1px 0 var(--danger);
  }
  .fields .tick {
    grid-column: 1;
    display: flex;
    align-items: center;
    justify-self: start;
    gap: 0.5rem;
  }
  .fields [type="checkbox"] {
    flex: none;
    inline-size: 1.5rem;
    min-block-size: 1.5rem;
    margin: 0;
    accent-color: var(--accent);
  }
  .own-slot {
    padding: 0.8rem 1rem 0;
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: 0.5rem 0.75rem;
    padding: 1.1rem 1rem 1rem;
  }
  .foot .oops {
    flex: 1 1 14rem;
    margin: 0;
  }
  /* It takes no gap either; it stays, so that what comes into it is heard. */
  .foot .oops:empty {
    position: absolute;
  }
  .foot button {
    min-block-size: 2.4rem;
    padding-inline: 1.15rem;
    border: 1px solid transparent;
    border-radius: calc(var(--radius) - 0.15rem);
    background: none;
    font-size: 0.9rem;
    font-weight: 600;
  }
  .foot .cancel:hover {
    background: var(--wash);
  }
  .foot .post {
    background: var(--accent);
    color: var(--on-accent);
  }
  .foot .post:hover {
    background: color-mix(in srgb, var(--accent) 88%, var(--ink));
  }
  .foot .post[aria-disabled="true"] {
    opacity: 0.65;
    cursor: progress;
  }
  .form.away {
    display: none;
  }
  .sending {
    opacity: 0.6;
  }
  .note {
    justify-self: start;
    margin: 0.5rem 0 0;
    padding: 0.3rem 0.7rem;
    border-radius: 0.4rem;
    font-size: 0.8125rem;
    background: var(--wash);
  }
  .edit.form {
    margin-block-start: 0.4rem;
  }
  embed-comments-own {
    display: inline-flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 1.1rem;
  }
  .actions .really {
    color: var(--danger);
    font-weight: 600;
  }
  @container (max-width: 30em) {
    /* Room for the drawings alone; the words beside them are for those who hear them. */
    .actions :is(.edit-own, .delete-own),
    .actions:has(.edit-own) .quiet {
      inline-size: max(24px, 1.75rem);
      margin-inline: -0.5rem;
      padding-inline-start: 0.5em;
      gap: 1em;
      overflow: hidden;
    }
    .actions .menu {
      margin-inline: -0.5rem;
    }
    /* Its first letter stands below the words above it. */
    .marks {
      margin-inline-start: -0.4rem;
    }
    .foot {
      gap: 0.5rem;
    }
    .foot button {
      padding-inline: 0.75rem;
    }
  }
  @media (forced-colors: active) {
    .foot .post {
      border-color: ButtonBorder;
    }
  }
`;
