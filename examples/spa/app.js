// A single-page app in one file. The widget needs nothing from it but elements that come, change and go.

const pages = {
  spring: { title: "Spring", text: "Everything is late and then everything is at once." },
  summer: { title: "Summer", text: "Long, and over by Thursday." },
  autumn: { title: "Autumn", text: "Two threads here: one about leaves, one about soup.", threads: ["autumn/leaves", "autumn/soup"] },
  winter: { title: "Winter", text: "Nobody talks here: this page has no comments.", threads: [] },
};

const nav = document.querySelector("nav");
const main = document.querySelector("main");
const heading = document.createElement("h1");
const text = document.createElement("p");
const threads = document.createElement("div");
heading.tabIndex = -1;
main.append(heading, text, threads);

for (const [name, page] of Object.entries(pages)) {
  const link = document.createElement("a");
  link.href = `#${name}`;
  link.textContent = page.title;
  nav.append(link);
}

function show() {
  const name = pages[location.hash.slice(1)] ? location.hash.slice(1) : "spring";
  const page = pages[name];
  const keys = page.threads ?? [name];
  document.title = heading.textContent = page.title;
  text.textContent = page.text;
  for (const link of nav.children) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // Elements that are there get another key, missing ones are added, others removed.
  while (threads.children.length > keys.length) threads.lastElementChild.remove();
  keys.forEach((key, index) => {
    const element = threads.children[index] ?? document.createElement("embed-comments");
    if (element.dataset.key !== key) element.dataset.key = key;
    if (!element.isConnected) threads.append(element);
  });
}

addEventListener("hashchange", () => {
  show();
  heading.focus();
});
show();
