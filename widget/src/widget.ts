/** The module that the loader asks for. */
import { define } from "./define";

export * from "./shared";

define();
