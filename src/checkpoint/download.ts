import type { IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import { ExitCode, UserError } from "../errors.ts";
import { type Hub, hubGet, shownAddress } from "./hub.ts";
import type { PartFile } from "./part-file.ts";

/** How patient a download is. */
export type Patience = {
  /** tries in a row that bring nothing new before it gives up */
  tries: number;
  /** longest silence of the server, milliseconds */
  idleMs: number;
  /** wait before the second try, milliseconds; it doubles with each further one that brings nothing, up to `mostMs` */
  waitMs: number;
  /** longest wait, also where the server asks for a longer one */
  mostMs: number;
};

export const PATIENCE: Patience = { tries: 6, idleMs: 30_000, waitMs: 1000, mostMs: 120_000 };

/** Who is told what, and who may stop it. */
export type Listener = {
  progress(done: number, total: number): void;
  /** a line for people */
  note(text: string): void;
  signal: AbortSignal;
};

/** Why a try ended early, and when the server wants the next one. */
type Cut = { state: string; afterMs?: number; hopeless?: boolean };

/**
 * Fetches what a part lacks of a file. A cut, a silent or a busy server is tried again from where it stopped; a file
 * that changed on its server, or a server that cannot go on from there, is fetched from its start.
 *
 * Source: RFC 9110, 13.1.5 "If-Range", 14 "Range Requests", 10.2.3 "Retry-After".
 *
 * @param bytes size that the file must have; its content is for the caller to check
 * @throws {UserError} exit 4, naming the address, if the server refuses, offers another size, or nothing comes any more
 */
export async function download(
  url: URL,
  bytes: number,
  part: PartFile,
  hub: Hub,
  listener: Listener,
  patience: Patience = PATIENCE,
): Promise<void> {
  if (part.bytes > bytes) await part.restart();
  let furthest = part.bytes;
  let fruitless = 0;
  let everCame = false;
  while (part.bytes < bytes) {
    const cut = await attempt(url, bytes, part, hub, listener, patience);
    if (cut === undefined) return;
    const came = part.bytes > furthest;
    everCame ||= came;
    fruitless = came ? 0 : fruitless + 1;
    furthest = Math.max(furthest, part.bytes);
    const waitMs = cut.afterMs ?? Math.min(patience.waitMs * 2 ** Math.max(0, fruitless - 1), patience.mostMs);
    const seconds = Math.ceil(waitMs / 1000);
    if (waitMs > patience.mostMs)
      throw cannotFetch(url, `${cut.state} and asks to wait for ${seconds} s`, keptHint(part));
    if (fruitless >= patience.tries || (cut.hopeless && !everCame)) throw cannotFetch(url, cut.state, keptHint(part));
    listener.note(`${cut.state}; trying again in ${seconds} s`);
    await setTimeout(waitMs, undefined, { signal: listener.signal });
  }
}

async function attempt(
  url: URL,
  bytes: number,
  part: PartFile,
  hub: Hub,
  listener: Listener,
  { idleMs }: Patience,
): Promise<Cut | undefined> {
  const { signal } = listener;
  const headers = { "accept-encoding": "identity", "user-agent": "drp", ...rangeOf(part) };
  let answer: IncomingMessage | undefined;
  try {
    answer = await hubGet(url, headers, hub, { idleMs, signal });
    const cut = await begin(url, bytes, part, answer);
    if (cut !== undefined) return cut;
    for await (const chunk of answer) {
      if (part.bytes + chunk.length > bytes) {
        await part.restart();
        throw cannotFetch(url, `the server sends more than the ${bytes} bytes expected`);
      }
      await part.append(chunk);
      listener.progress(part.bytes, bytes);
    }
    return part.bytes === bytes ? undefined : { state: `the connection ended after ${part.bytes} of ${bytes} bytes` };
  } catch (error) {
    return cutBy(error, signal);
  } finally {
    answer?.destroy();
  }
}

/** Asks for what a part lacks, if the file is still the same. */
function rangeOf({ bytes, etag }: PartFile): Record<string, string> {
  if (bytes === 0) return {};
  return { range: `bytes=${bytes}-`, ...(etag === undefined ? {} : { "if-range": etag }) };
}

/** Reads an answer's head and prepares the part for its body. */
async function begin(url: URL, bytes: number, part: PartFile, answer: IncomingMessage): Promise<Cut | undefined> {
  const { statusCode: status = 0, headers } = answer;
  if (status === 206) {
    const changed = part.etag !== undefined && headers.etag !== undefined && headers.etag !== part.etag;
    const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "");
    const isAsked = match !== null && Number(match[1]) === part.bytes && [String(bytes), "*"].includes(match[2]!);
    if (isAsked && !changed && part.bytes > 0) return undefined;
    await part.restart();
    return { state: changed ? "the file changed on its server" : "the server sent another range than was asked for" };
  }
  if (status === 416) {
    await part.restart();
    return { state: "the server does not have the range asked for" };
  }
  if (status === 200) {
    const length = headers["content-length"];
    if (headers["content-encoding"] !== undefined && headers["content-encoding"] !== "identity")
      throw cannotFetch(url, `the server sends it as ${headers["content-encoding"]}, expected the file as it is`);
    if (length !== undefined && Number(length) !== bytes)
      throw cannotFetch(url, `the server offers ${length} bytes, expected ${bytes}`);
    if (headers["content-type"]?.startsWith("text/html"))
      throw cannotFetch(url, "the server sends a web page in its place", "the network may ask you to log in first");
    const { etag } = headers;
    await part.restart(etag?.startsWith("W/") ? undefined : etag);
    return undefined;
  }
  const state = `the server answers with status ${status}`;
  if (status === 429 || status === 408 || (status >= 500 && status !== 501)) return { state, ...retryAfter(answer) };
  if (status === 401 || status === 403)
    throw cannotFetch(
      url,
      state,
      "HF_TOKEN is sent where it is set: check that the token is valid and may read this model",
    );
  if (status === 404) throw cannotFetch(url, state, "check HF_ENDPOINT, or bring the file by hand with --from FILE");
  throw cannotFetch(url, state);
}

/** How long the server asks to wait; a date counts from the server's own. */
function retryAfter({ headers }: IncomingMessage): { afterMs?: number } {
  const asked = headers["retry-after"] ?? "";
  const afterMs = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - Date.parse(headers.date ?? "");
  return Number.isNaN(afterMs) ? {} : { afterMs: Math.max(0, afterMs) };
}

/** Failures that another try does not mend, unless the way there worked a moment ago. */
const HOPELESS = /^(ENOTFOUND|ECONNREFUSED|ERR_TLS_.*|ERR_SSL_.*|.*CERT.*|UNABLE_TO_.*|EPROTO)$/;

/** @throws whatever is no failure of the network */
function cutBy(error: unknown, signal: AbortSignal): Cut {
  signal.throwIfAborted();
  if (error instanceof UserError || error instanceof TypeError || !(error instanceof Error)) throw error;
  const code = "code" in error ? String(error.code) : "";
  return { state: code === "ECONNRESET" ? "the connection was cut" : wordsOf(error), hopeless: HOPELESS.test(code) };
}

/** Where a host has several addresses, Node tells of each what failed. */
function wordsOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map((one: Error) => one.message).join(", ") : error.message;
}

function keptHint({ bytes }: PartFile): string {
  return bytes === 0
    ? "check the network and its proxy, or bring the file by hand with --from FILE"
    : `${bytes} bytes are kept: the same command goes on from there`;
}

function cannotFetch(url: URL, state: string, hint?: string): UserError {
  return new UserError(`Cannot fetch "${shownAddress(url)}": ${state}`, ExitCode.model, hint);
}
