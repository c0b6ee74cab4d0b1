/** What the lazily loaded parts use from the module that is there already. */
export { html, nothing, render } from "lit/html.js";
export { adopt, css } from "./sheet";
export { Refusal, request } from "./request";
export { en } from "./languages/en";
export { LOCAL, Thread } from "./model/thread";
export { trusted } from "./trusted";
export { keep, recall } from "./storage";
export { plugins } from "./plugins";
export { pageUrl, threadUrl } from "./settings";
