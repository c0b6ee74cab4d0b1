/** How the names below an @ look. */
import { css } from "../shared";

export const styles = css`
  .people {
    position: absolute;
    z-index: 4;
    inline-size: max-content;
    min-inline-size: min(9rem, 100%);
    max-inline-size: min(16rem, 100%);
    margin: 0;
    padding: 0.25rem;
    list-style: none;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--ec-ground, Canvas);
    color: var(--ec-ink, CanvasText);
    font-family: var(--ui);
    font-size: 0.9rem;
    line-height: 1.5;
    box-shadow: 0 0.4rem 1.2rem rgb(0 0 0 / 0.14);
  }
  .people li {
    min-block-size: max(24px, 2rem);
    padding: 0.25rem 0.6rem;
    border-radius: calc(var(--radius) * 0.6);
    cursor: pointer;
  }
  /* The name itself is cut, since its direction says where its end is. */
  .people bdi {
    display: inline-block;
    max-inline-size: 100%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    vertical-align: bottom;
  }
  .people [aria-selected="true"] {
    background: color-mix(in srgb, var(--accent) 14%, transparent);
  }
  .mirror {
    position: absolute;
    visibility: hidden;
    white-space: pre-wrap;
    overflow-wrap: break-word;
  }
  @media (forced-colors: active) {
    .people [aria-selected="true"] {
      forced-color-adjust: none;
      background: Highlight;
      color: HighlightText;
    }
  }
`;
