import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// Vue has to be told which elements are the browser's and not its own.
const isCustomElement = (tag) => tag.startsWith("embed-comments");

export default defineConfig({ plugins: [vue({ template: { compilerOptions: { isCustomElement } } })] });
