/** The pages of the app: address, title, text, and whether one may talk there. */
export const pages = [
  { path: "/", title: "Spring", text: "Everything is late and then everything is at once.", talk: true },
  { path: "/summer", title: "Summer", text: "Long, and over by Thursday.", talk: true },
  { path: "/winter", title: "Winter", text: "Nobody talks here: this page has no comments.", talk: false },
];
