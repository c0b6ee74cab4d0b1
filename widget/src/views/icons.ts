/** Small drawings, one stroke wide like the type beside them. */
import { html } from "lit/html.js";

export const replyIcon = html`<svg class="icon turn" viewBox="0 0 16 16" aria-hidden="true"><path d="M6.5 3.5 3 7l3.5 3.5M3.4 7H9a4 4 0 0 1 4 4v1.5"></path></svg>`;
export const copyIcon = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.6.6M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.6-.6"></path></svg>`;
export const doneIcon = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8l3.5 3.5L13 4"></path></svg>`;
export const upIcon = html`<svg class="icon turn" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 12.5V10a3 3 0 0 1 3-3h5M9 4l3 3-3 3"></path></svg>`;
export const linkIcon = html`<svg class="icon avatar" part="avatar" viewBox="0 0 16 16" aria-hidden="true"><path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.6.6M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.6-.6"></path></svg>`;
