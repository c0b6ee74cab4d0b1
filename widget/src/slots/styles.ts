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
  [data-plugin]:empty {
    display: none;
  }
  .menu {
    position: relative;
  }
  summary {
    display: inline-flex;
    align-items: center;
    min-block-size: 1.75rem;
    color: var(--soft);
    cursor: pointer;
    list-style: none;
    min-inline-size: 1.5rem;
  }
  .menu > div {
    position: absolute;
    z-index: 2;
    inset-inline-start: 0;
    min-inline-size: 10rem;
    padding: 0.5rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: Canvas;
    color: CanvasText;
  }
`;
