import type { IncomingMessage } from "node:http";
import { ExitCode, UserError } from "../errors.ts";
import type { Environment } from "./cache-folders.ts";
import type { CatalogEntry, CatalogFile } from "./catalog.ts";
import { httpGet, type Route } from "./http-get.ts";
import { proxyFor } from "./proxy.ts";

/** Where models are fetched from, and the way there. */
export type Hub = {
  endpoint: URL;
  /** sent to the endpoint alone */
  token: string | undefined;
  /** the environment's, of which the proxies are read */
  env: Environment;
  /** PEM of the authorities trusted; those of Node.js unless given */
  authorities?: string;
};

/**
 * The Hugging Face Hub, or the mirror that `HF_ENDPOINT` names, with the token of `HF_TOKEN`.
 *
 * @throws {UserError} exit 2 if either variable holds what cannot be used
 */
export function hubOf(env: Environment): Hub {
  const text = env.HF_ENDPOINT || "https://huggingface.co";
  if (!URL.canParse(text) || !/^https?:/i.test(text))
    throw new UserError(
      "Cannot use HF_ENDPOINT: it is no http or https address",
      ExitCode.usage,
      "expected an address such as https://huggingface.co",
    );
  const token = env.HF_TOKEN?.trim() || undefined;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new UserError("Cannot use HF_TOKEN: it holds characters that no token has", ExitCode.usage);
  return { endpoint: new URL(text.endsWith("/") ? text : `${text}/`), token, env };
}

/** Source: huggingface_hub documentation, "hf_hub_url". */
export function addressOf(file: CatalogFile, { repository, revision }: CatalogEntry, { endpoint }: Hub): URL {
  return new URL(`${repository}/resolve/${revision}/${file.name}`, endpoint);
}

/** An address as it may be shown: without a login or a signature. */
export function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 10;

/**
 * Sends a GET request and follows redirects. The token goes to the endpoint's own host and no other, whoever asks.
 *
 * @throws {UserError} exit 4 if the redirects lead nowhere, round in circles, or from https to http
 * @throws what Node throws where a server cannot be reached
 */
export async function hubGet(
  start: URL,
  headers: Record<string, string>,
  hub: Hub,
  { idleMs, signal }: Pick<Route, "idleMs" | "signal">,
): Promise<IncomingMessage> {
  const cannot = (state: string) => new UserError(`Cannot fetch "${shownAddress(start)}": ${state}`, ExitCode.model);
  let url = start;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    const token = hub.token !== undefined && url.origin === hub.endpoint.origin ? hub.token : undefined;
    const asked = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
    const route = { proxy: proxyFor(url, hub.env), idleMs, signal, authorities: hub.authorities };
    const answer = await httpGet(url, asked, route);
    if (!REDIRECTS.has(answer.statusCode!)) return answer;
    answer.destroy();
    const to = answer.headers.location;
    if (to === undefined || !URL.canParse(to, url.href)) throw cannot("the server redirects to no address");
    const next = new URL(to, url);
    if (next.protocol !== url.protocol && next.protocol !== "https:")
      throw cannot(`the server redirects from ${url.protocol} to ${next.protocol}`);
    url = next;
  }
  throw cannot(`the server redirects more than ${MOST_REDIRECTS} times`);
}
