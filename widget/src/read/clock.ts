/** One timer for all relative times of all threads on the page; it rests while the tab is hidden. */

const faces = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function wind(): void {
  clearInterval(timer);
  if (!faces.size || document.hidden) return;
  const tick = () => faces.forEach((show) => show());
  tick();
  timer = setInterval(tick, 30_000);
}

/** Call `show` every half minute until the returned function is called. */
export function watchTime(show: () => void): () => void {
  if (!faces.size) document.addEventListener("visibilitychange", wind);
  faces.add(show);
  wind();
  return () => {
    faces.delete(show);
    if (!faces.size) document.removeEventListener("visibilitychange", wind);
    wind();
  };
}
