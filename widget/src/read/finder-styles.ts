/** How finding looks. */
import { css } from "../shared";

export const styles = css`
  /* It stays in sight while one steps from match to match. */
  .find {
    position: sticky;
    z-index: 3;
    inset-block-start: var(--ec-find-top, 0.5rem);
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 0.25rem;
    padding: 0.25rem 0.4rem 0.25rem 0.8rem;
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ec-ground, Canvas);
    color: var(--ec-ink, CanvasText);
    font-family: var(--ui);
    font-size: 0.875rem;
    line-height: 1.5rem;
    box-shadow: 0 0.2rem 0.8rem rgb(0 0 0 / 0.1);
  }
  .find:focus-within {
    border-color: var(--accent);
  }
  .find input {
    flex: 1 1 4rem;
    min-inline-size: 0;
    min-block-size: max(24px, 1.75rem);
    padding: 0;
    border: 0;
    background: none;
    font-size: 1rem;
  }
  /* What is reached by Tab must not hide below it. */
  .comment :is(a, button) {
    scroll-margin-block: 4rem;
  }
  .find input:focus-visible {
    outline: 2px solid transparent;
  }
  .find input::-webkit-search-cancel-button {
    display: none;
  }
  .find [role="status"],
  .find p {
    font-variant-numeric: tabular-nums;
    font-size: 0.8125rem;
  }
  .find p {
    flex-basis: 100%;
    margin: 0;
  }
  .find button {
    display: grid;
    place-items: center;
    inline-size: max(24px, 1.75rem);
    block-size: max(24px, 1.75rem);
    padding: 0;
    border: 0;
    border-radius: 0.3rem;
    background: none;
    font-size: 0.9375rem;
  }
  .find button:hover {
    color: var(--accent);
  }
  ::highlight(embedcomments-found) {
    background: rgb(255 200 0 / 0.3);
  }
  ::highlight(embedcomments-current) {
    background: #ffc800;
    color: #000;
    /* Forced colours make all of them alike. */
    text-decoration: underline 2px;
  }
  [data-found] {
    outline: 2px solid var(--accent);
  }
  @media print {
    .find {
      display: none;
    }
  }
`;
