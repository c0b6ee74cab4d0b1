/** How slots sit in the thread, and the menu that holds `comment.menu`. */
import { css } from "../shared";

export const styles = css`
  embed-comments-slot {
    display: block;
  }
  .tools embed-comments-slot,
  .actions embed-comments-slot,
  .meta embed-comments-slot {
    display: contents;
  }
  /* It shows only when it is pointed at; nothing that always shows should stand behind the gap. */
  .actions > .quiet {
    order: 1;
  }
  [data-plugin]:empty {
    display: none;
  }
  .menu {
    position: relative;
  }
  summary {
    display: inline-flex;
    align-items: center;
    min-block-size: max(24px, 1.75rem);
    color: var(--soft);
    cursor: pointer;
    list-style: none;
    justify-content: center;
    min-inline-size: max(24px, 1.75rem);
    border-radius: var(--radius);
  }
  summary:hover,
  [open] > summary {
    color: inherit;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  .menu > div {
    position: absolute;
    z-index: 2;
    inset-inline-start: 0;
    box-sizing: border-box;
    inline-size: max-content;
    min-inline-size: 12rem;
    padding: 0.35rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: Canvas;
    color: CanvasText;
    box-shadow: 0 0.4rem 1.2rem rgb(0 0 0 / 0.14);
  }
  .menu p {
    margin: 0;
    padding: 0.35rem 0.5rem;
  }
  .menu p:empty {
    display: none;
  }
`;
