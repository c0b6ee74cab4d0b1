/** The switch stands at the end of the line above the first comment, and takes no room of its own. */
import { css } from "../shared";

export const styles = css`
  .paused {
    margin-inline: auto 0.35rem;
    color: var(--soft);
    white-space: nowrap;
  }
  .pause {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: max(24px, 1.75rem);
    block-size: max(24px, 1.75rem);
    margin-block: -0.15rem;
    padding: 0;
    border: 0;
    border-radius: 0.3rem;
    background: none;
    color: var(--soft);
    font-size: 0.9375rem;
  }
  .pause:hover,
  .pause[aria-pressed="true"] {
    color: var(--accent);
  }
  .pause + .find-open {
    margin-inline-start: 0;
  }
  @container (max-width: 30em) {
    .tidings ~ .paused {
      display: none;
    }
  }
`;
