/** How the thread yields: to narrow columns, and to what readers asked of their system. */
import { css } from "../sheet";

export const surroundings = css`
  @container (max-width: 34rem) {
    .thread {
      --face: var(--ec-avatar-size, 2rem);
      --gutter: 1rem;
    }
    .comment > .meta {
      align-self: center;
    }
    .number {
      inset-block-start: 0.2rem;
    }
    .comment > .meta ~ * {
      grid-column: 1 / -1;
    }
    .comment > .avatar {
      grid-row: 1;
      align-self: center;
    }
    .body {
      margin-block-start: 0.35rem;
    }
    .kids .comment {
      --face: var(--ec-avatar-size, 1.75rem);
    }
    .kids {
      margin-inline-start: 0.15rem;
      padding-inline-start: 0.85rem;
    }
    .replying {
      margin-inline-start: 0;
    }
    .kids:is(.deep, .flat) {
      margin-inline-start: 0;
      padding-inline-start: 0;
      border: 0;
    }
    .up {
      max-inline-size: 7rem;
    }
    .up-narrow {
      display: inline;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    ::before {
      animation: none !important;
      transition: none !important;
    }
  }
  @media (forced-colors: active) {
    .fresh::before,
    .aimed::before {
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
