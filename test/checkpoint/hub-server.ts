import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

/** Key and certificate of "hub.test" and 127.0.0.1, signed by itself, for tests alone. */
export const PEM = readFileSync(fileURLToPath(new URL("self-signed.pem", import.meta.url)), "utf8");

/** What a server does with one request. */
export type Reply = (request: IncomingMessage, response: ServerResponse) => void;

export type Asked = { url: string; headers: IncomingMessage["headers"] };

const open: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Listens on a port of its own until the test ends. */
export async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ server, sockets });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers the n-th request for weights with the n-th reply, further ones with the last. */
export async function hubServer(
  replies: readonly Reply[],
  { config, pem }: { config?: string; pem?: string } = {},
): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  let next = 0;
  const listener: RequestListener = (request, response) => {
    if (request.url!.endsWith("config.json")) {
      if (config === undefined) response.writeHead(404).end();
      else response.end(config);
      return;
    }
    asked.push({ url: request.url!, headers: request.headers });
    replies[Math.min(next, replies.length - 1)]!(request, response);
    next += 1;
  };
  const server = pem === undefined ? createServer(listener) : createSecureServer({ key: pem, cert: pem }, listener);
  const host = await listening(server);
  return { url: `${pem === undefined ? "http" : "https"}://${host}`, asked };
}

/** The file, or the range asked for where `If-Range` allows it. */
export function file(content: Buffer, etag?: string): Reply {
  return endAfter(Infinity, content, etag);
}

/** As `file()`, but of what is asked for it sends some bytes alone, without a word of their number. */
export function endAfter(bytes: number, content: Buffer, etag?: string): Reply {
  return ({ headers }, response) => {
    const [, asked] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
    const holds = headers["if-range"] === undefined || headers["if-range"] === etag;
    const from = asked !== undefined && holds ? Number(asked) : 0;
    if (etag !== undefined) response.setHeader("etag", etag);
    if (from > 0) response.setHeader("content-range", `bytes ${from}-${content.length - 1}/${content.length}`);
    if (bytes >= content.length) response.setHeader("content-length", content.length - from);
    response.writeHead(from > 0 ? 206 : 200);
    response.write(content.subarray(from, from + bytes));
    response.end();
  };
}

/** Promises the file and cuts the connection after some bytes of it. */
export function cutAfter(bytes: number, content: Buffer): Reply {
  return (_, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, bytes), () => response.socket?.destroy());
  };
}

/** Falls silent after some bytes. */
export function silentAfter(bytes: number, content: Buffer): Reply {
  return (_, response) => {
    response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, bytes));
  };
}

export function status(code: number, headers: Record<string, string> = {}): Reply {
  return (_, response) => response.writeHead(code, headers).end("words of the server");
}

export function redirect(to: string): Reply {
  return status(302, { location: to });
}

/** A proxy that notes what it is asked, and passes it on to one server whatever name is asked for. */
export async function proxyServer(target: string): Promise<{ host: string; asked: string[]; logins: unknown[] }> {
  const asked: string[] = [];
  const logins: unknown[] = [];
  const { hostname, port } = new URL(target);
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    logins.push(request.headers["proxy-authorization"]);
    const path = new URL(request.url!).pathname;
    const answer = await fetch(`http://${hostname}:${port}${path}`);
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
  server.on("connect", (request, socket: Socket) => {
    asked.push(`${request.method} ${request.url}`);
    logins.push(request.headers["proxy-authorization"]);
    const through = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
    through.on("error", () => socket.destroy());
    socket.on("error", () => through.destroy());
  });
  return { host: await listening(server), asked, logins };
}
