/** Calls to the server, and its refusals as errors with a stable code. */

export class Refusal extends Error {
  constructor(
    /** The server's `code`, or `network` when it was not reached, or `server` when it did not make sense. */
    readonly code: string,
    readonly detail = "",
    readonly status = 0,
    readonly retryAfter = 0,
  ) {
    super(detail || code);
  }
}

export interface Call {
  method?: string;
  body?: unknown;
  token?: string | undefined;
  key?: string;
  /** Asks again even if the browser kept an answer; it sends the ETag it has. */
  fresh?: boolean;
}

/** Call the server; `url` is absolute. No cookie travels. */
export async function request<T>(url: string, call: Call = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (call.body) headers["Content-Type"] = "application/json";
  if (call.token) headers.Authorization = `Bearer ${call.token}`;
  if (call.key) headers["Idempotency-Key"] = call.key;
  // A network that swallows everything is none.
  const init: RequestInit = { method: call.method ?? "GET", headers, credentials: "omit", signal: AbortSignal.timeout(30_000) };
  if (call.body) init.body = JSON.stringify(call.body);
  if (call.fresh) init.cache = "no-cache";
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new Refusal("network");
  }
  return readAnswer<T>(response);
}

export async function readAnswer<T>(response: Response): Promise<T> {
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    // Half an answer, or that of a network which wants the reader to sign in first: what was asked may have been done.
    throw response.ok ? new Refusal("network") : new Refusal("server", "", response.status);
  }
  if (response.ok) return answer as T;
  const { code, detail, title, errors } = (answer ?? {}) as {
    code?: string;
    detail?: string;
    title?: string;
    errors?: Record<string, string[]>;
  };
  const fields = errors && Object.values(errors).flat().join(" ");
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  throw new Refusal(code ?? "server", detail || fields || title || "", response.status, seconds);
}
