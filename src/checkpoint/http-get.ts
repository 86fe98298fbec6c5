import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import { isIP, type Socket } from "node:net";
import tls from "node:tls";
import { ExitCode, UserError } from "../errors.ts";
import { hostOf } from "./proxy.ts";

/** How a request reaches its server. */
export type Route = {
  /** reached directly unless given */
  proxy: URL | undefined;
  /** longest silence of the server, milliseconds */
  idleMs: number;
  signal: AbortSignal;
  /** PEM of the authorities trusted; those of Node.js unless given */
  authorities?: string | undefined;
};

/**
 * Sends one GET request; a redirect is answered, not followed.
 *
 * Node's own `fetch` knows no proxy. Through one, an `https:` address is reached by a tunnel, so that the proxy sees
 * neither headers nor content, an `http:` address by its full name. Source: RFC 9110, 9.3.6, and RFC 9112, 3.2.
 *
 * @returns the answer with its body unread, which fails if the server falls silent or the connection is cut
 * @throws {UserError} exit 4 if the proxy refuses
 * @throws what Node throws where the server cannot be reached
 */
export async function httpGet(url: URL, headers: Record<string, string>, route: Route): Promise<IncomingMessage> {
  const options = { headers, ...limitsOf(route) };
  const { proxy } = route;
  if (proxy === undefined) return answerOf(clientOf(url).get(url, { agent: false, ...options }), route);
  if (url.protocol === "http:") {
    const plain = `${url.origin}${url.pathname}${url.search}`;
    const asked = { agent: false, ...options, path: plain, headers: { ...headers, host: url.host, ...login(proxy) } };
    return answerOf(clientOf(proxy).get(placeOf(proxy), asked), route);
  }
  const socket = await tunnel(url, proxy, route);
  const host = hostOf(url);
  const named = isIP(host) === 0 ? { servername: host } : {};
  const secure = () => tls.connect({ socket, host, ...named, ca: route.authorities });
  return answerOf(https.get(url, { ...options, createConnection: secure }), route);
}

/** Asks a proxy for a connection to a server. */
async function tunnel(url: URL, proxy: URL, route: Route): Promise<Socket> {
  const target = `${url.hostname}:${url.port || 443}`;
  const request = clientOf(proxy).request(placeOf(proxy), {
    ...{ method: "CONNECT", path: target, agent: false, headers: { host: target, ...login(proxy) } },
    ...limitsOf(route),
  });
  return new Promise((resolve, reject) => {
    request.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      const state = `the proxy ${proxy.host} answers with status ${answer.statusCode}`;
      reject(
        answer.statusCode! >= 500
          ? new Error(state)
          : new UserError(
              `Cannot connect to "${target}": ${state}`,
              ExitCode.model,
              "check the proxy's address, and the login in it",
            ),
      );
    });
    request.once("error", reject);
    request.setTimeout(route.idleMs, () => request.destroy(silence(route)));
    request.end();
  });
}

function answerOf(request: ClientRequest, route: Route): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    request.once("response", (response) => {
      answer = response;
      resolve(response);
    });
    request.on("error", reject);
    request.setTimeout(route.idleMs, () => (answer ?? request).destroy(silence(route)));
  });
}

function silence({ idleMs }: Route): Error {
  return new Error(`the server was silent for ${idleMs / 1000} s`);
}

function clientOf(url: URL): typeof http | typeof https {
  return url.protocol === "https:" ? https : http;
}

/** The address of a proxy without the login that it may hold. */
function placeOf(proxy: URL): URL {
  return new URL(`${proxy.protocol}//${proxy.host}`);
}

function login({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(words).toString("base64")}` };
}

/** `timeout` holds while the connection is made, `setTimeout()` from then on. */
function limitsOf({ signal, idleMs, authorities }: Route): RequestOptions & { ca: string | undefined } {
  return { signal, timeout: idleMs, ca: authorities };
}
