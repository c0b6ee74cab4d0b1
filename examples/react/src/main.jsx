import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { pages } from "./seasons.js";

/** A thread. React writes the attribute; the element follows it, and cleans up when it goes. */
function Comments({ thread }) {
  return <embed-comments data-key={thread} />;
}

function App() {
  const [path, setPath] = useState(location.pathname);
  const page = pages.find((each) => each.path === path) ?? pages[0];

  useEffect(() => {
    const back = () => setPath(location.pathname);
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  useEffect(() => {
    document.title = page.title;
  }, [page]);

  function go(event, to) {
    event.preventDefault();
    history.pushState(null, "", to);
    setPath(to);
  }

  return (
    <>
      <nav aria-label="Pages">
        {pages.map((each) => (
          <a key={each.path} href={each.path} aria-current={each === page ? "page" : undefined} onClick={(event) => go(event, each.path)}>
            {each.title}
          </a>
        ))}
      </nav>
      <main>
        <h1>{page.title}</h1>
        <p>{page.text}</p>
        {page.talk && <Comments thread={`react${page.path}`} />}
      </main>
    </>
  );
}

createRoot(document.body.appendChild(document.createElement("div"))).render(<App />);
