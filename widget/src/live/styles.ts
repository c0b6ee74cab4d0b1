/** The bar of new comments: it floats at the lower edge of the thread and takes no room in it. */
import { css } from "../shared";

export const styles = css`
  .bar {
    font-family: var(--ui);
    position: sticky;
    z-index: 3;
    inset-block-end: 1rem;
    block-size: 0;
    text-align: center;
  }
  .bar button {
    position: absolute;
    inset-block-end: 0;
    inset-inline: 0;
    inline-size: fit-content;
    margin-inline: auto;
    min-block-size: 2.5rem;
    padding-inline: 1.15rem;
    border: 0;
    border-radius: 99px;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 0.875rem;
    font-weight: 600;
    box-shadow: 0 2px 12px rgb(0 0 0 / 22%);
    animation: rise 0.25s ease-out;
  }
  .bar button:focus-visible {
    outline-offset: 3px;
    border-radius: 99px;
  }
  @keyframes rise {
    from {
      opacity: 0;
      translate: 0 0.75rem;
    }
  }
  @media (forced-colors: active) {
    .bar button {
      border: 1px solid;
    }
  }
  @media print {
    .bar {
      display: none;
    }
  }
`;
