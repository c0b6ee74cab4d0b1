/** How a comment looks, and the branch below it. Soft colour stands on leaves only, since it is a mix with what it inherits. */
import { css } from "../sheet";

export const comment = css`
  ol {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .list {
    padding-block-start: 0.5rem;
  }
  .list:empty {
    display: none;
  }
  .item {
    margin-block-start: var(--gap);
  }
  .comment {
    position: relative;
    display: grid;
    grid-template-columns: var(--face) minmax(0, 1fr);
    column-gap: 0.75rem;
    outline-offset: 0.5rem;
    scroll-margin-block: 5rem;
  }
  .comment > * {
    grid-column: 2;
  }
  .comment > .avatar {
    grid-area: 1 / 1 / span 3 / 2;
    inline-size: var(--face);
    block-size: var(--face);
    border-radius: var(--ec-avatar-radius, 50%);
    object-fit: cover;
  }
  .meta {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 0.55rem;
    padding-inline-end: 2rem;
  }
  .meta a {
    text-decoration-line: none;
  }
  .meta a:hover,
  .ping-line a {
    text-decoration-line: underline;
  }
  .name {
    font-size: 0.9375rem;
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .name a {
    display: inline-block;
    text-decoration-line: underline;
  }
  .badge {
    padding-inline: 0.5em;
    border: 1px solid currentColor;
    border-radius: 99px;
    font-size: 0.6875rem;
    font-weight: 600;
    line-height: 1.5;
    color: var(--accent);
  }
  .when {
    display: inline-block;
    min-inline-size: 24px;
  }
  .up {
    white-space: nowrap;
  }
  /* The name itself is cut, since its direction says where its end is. */
  .up bdi {
    display: inline-block;
    max-inline-size: 11rem;
    overflow: hidden;
    text-overflow: ellipsis;
    vertical-align: bottom;
  }
  .up-narrow {
    display: none;
  }
  .number {
    position: absolute;
    inset-inline-end: 0;
    inset-block-start: 0;
    line-height: 1.625rem;
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
  }
  .body {
    max-inline-size: 42em;
    overflow-wrap: anywhere;
    text-align: start;
  }
  .body > * {
    margin: 0 0 0.65em;
  }
  .body > :first-child {
    margin-block-start: 0.1em;
  }
  .body > :last-child {
    margin-block-end: 0;
  }
  .body :is(h1, h2, h3, h4, h5, h6) {
    font: inherit;
    font-weight: 650;
  }
  .body a {
    text-decoration-line: underline;
    color: var(--ec-link, var(--accent));
  }
  .body :is(ul, ol) {
    padding-inline-start: 1.4em;
    list-style: disc;
  }
  .body ol {
    list-style: decimal;
  }
  .body blockquote {
    margin-inline: 0;
    padding-inline-start: 0.9rem;
    border-inline-start: 3px solid var(--line);
    color: var(--soft);
  }
  .body blockquote > * {
    margin: 0 0 0.5em;
  }
  .body blockquote > :last-child {
    margin: 0;
  }
  .body :is(code, pre) {
    font-family: var(--ec-code-font, ui-monospace, "SF Mono", Menlo, Consolas, monospace);
    font-size: 0.875em;
    border-radius: 0.3rem;
    background: var(--wash);
  }
  .body code {
    padding: 0.12em 0.35em;
  }
  .body pre {
    padding: 0.8rem 1rem;
    overflow-x: auto;
    overflow-wrap: normal;
    line-height: 1.5;
  }
  .body pre code {
    padding: 0;
    font-size: inherit;
    background: none;
  }
  .body :is(img, video) {
    max-inline-size: 100%;
    block-size: auto;
    border-radius: 0.3rem;
  }
  .body table {
    display: block;
    overflow-x: auto;
    border-collapse: collapse;
    font-size: 0.9em;
  }
  .body :is(td, th) {
    padding: 0.3em 0.8em 0.3em 0;
    border-block-end: 1px solid var(--line);
    text-align: start;
  }
  .body hr {
    border: 0;
    border-block-start: 1px solid var(--line);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 1.1rem;
    margin-block-start: 0.3rem;
    font-size: 0.8125rem;
  }
  .actions button {
    display: inline-flex;
    align-items: center;
    gap: 0.35em;
    min-block-size: 1.75rem;
    padding: 0;
    border: 0;
    background: none;
    white-space: nowrap;
  }
  .icon {
    inline-size: 1.15em;
    block-size: 1.15em;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.4;
    stroke-linecap: round;
    stroke-linejoin: round;
    vertical-align: -0.2em;
  }
  [dir="rtl"] .turn {
    scale: -1 1;
  }
  @media (hover: hover) {
    .quiet {
      opacity: 0;
    }
    .comment:hover .quiet,
    .comment:focus-within .quiet,
    .quiet:focus-visible {
      opacity: 1;
    }
  }
  .ping > .avatar {
    padding: calc(var(--face) * 0.26);
    border-radius: 50%;
    background: var(--wash);
  }
  .ping-line {
    font-size: 0.9rem;
    overflow-wrap: anywhere;
  }
  .ping-line a {
    font-weight: 600;
  }
  .ping .body {
    font-size: 0.9em;
  }
  .gone > .avatar {
    border: 1px dashed var(--edge);
  }
  .gone p {
    margin: 0;
  }
  .thread {
    position: relative;
    z-index: 0;
  }
  .kids {
    margin-inline-start: calc(var(--face) / 2 - 1px);
    padding-inline-start: calc(var(--gutter) - var(--face) / 2);
    border-inline-start: 1px solid var(--line);
    /* The sign that folds the branch will stand here. */
    margin-block-start: max(24px, 1.5rem);
  }
  .kids > ol > .item:first-child {
    margin-block-start: 0;
    padding-block-start: calc(var(--gap) - 0.15rem - max(24px, 1.5rem));
  }
  .kids > .more {
    margin-block-start: 0.9rem;
  }
  .kids > ol {
    --face: calc(var(--ec-avatar-size, 2.25rem) * 0.8);
    --gutter: calc(var(--face) + 0.75rem);
  }
  /* As high as what unfolds it, which comes later. */
  .kids[hidden] {
    margin: 0;
    padding: 0;
    border: 0;
    block-size: max(24px, 1.5rem);
  }
  .flat {
    margin-inline-start: 0;
    padding-inline-start: 0;
    border: 0;
  }
  .more {
    min-block-size: 2rem;
    padding: 0;
    border: 0;
    background: none;
    font-size: 0.875rem;
    font-weight: 600;
    color: var(--accent);
  }
  .wide {
    inline-size: 100%;
    min-block-size: 2.75rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  a:hover {
    text-decoration-color: currentColor;
  }
  .sort:hover {
    color: inherit;
  }
  .actions button:hover {
    color: var(--accent);
  }
  .more:hover {
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  .wide:hover {
    border-color: var(--accent);
    text-decoration: none;
  }
  [aria-busy="true"].more {
    opacity: 0.6;
    cursor: progress;
  }
  .oops {
    margin: 0 1rem 0.85rem;
    font-size: 0.875rem;
    line-height: 1.5;
    color: var(--danger);
  }
`;
