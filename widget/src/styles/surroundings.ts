/** How the thread yields: to narrow columns, and to what readers asked of their system. */
import { css } from "../sheet";

export const surroundings = css`
  @container (max-width: 30em) {
    .thread > * {
      --face: var(--ec-avatar-size, 2rem);
    }
    /* The first line stands at the middle of the picture, however many follow. */
    .comment > .meta {
      padding-block-start: calc(var(--face) / 2 - 0.75rem);
    }
    .number {
      inset-block-start: calc(var(--face) / 2 - 0.75rem);
    }
    .comment > .meta ~ * {
      grid-column: 1 / -1;
    }
    .comment > .avatar {
      grid-row: 1;
    }
    .body {
      margin-block-start: 0.35rem;
    }
    .kids > ol {
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
    .up bdi {
      max-inline-size: 24cqi;
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
`;
