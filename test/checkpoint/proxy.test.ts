import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { hubOf } from "../../src/checkpoint/hub.ts";
import { proxyFor } from "../../src/checkpoint/proxy.ts";
import { file, hubServer, listening, PEM, proxyServer } from "./hub-server.ts";
import { CONFIG, CONTENT, pull } from "./pulls.ts";

describe("proxyFor()", () => {
  const http = "http://proxy.test:3128/";
  const chosen = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.href;

  it("takes the variable of the address's protocol, small letters before capital ones", () => {
    expect(chosen("https://hub.test", { https_proxy: http, HTTPS_PROXY: "http://other" })).toBe(http);
    expect(chosen("https://hub.test", { HTTPS_PROXY: http, HTTP_PROXY: "http://other" })).toBe(http);
    expect(chosen("http://hub.test", { HTTP_PROXY: http })).toBe(http);
    expect(chosen("https://hub.test", { HTTP_PROXY: http })).toBeUndefined();
    expect(chosen("https://hub.test", { ALL_PROXY: http })).toBe(http);
    expect(chosen("https://hub.test", { HTTPS_PROXY: "" })).toBeUndefined();
  });

  it("takes an address without a protocol for http", () => {
    expect(chosen("https://hub.test", { HTTPS_PROXY: "proxy.test:3128" })).toBe(http);
  });

  it.each(["socks5://user:s3cr3t@proxy.test", "http://", "file:///s3cr3t"])(
    "refuses %s, and tells no password",
    (text) => {
      expect(() => chosen("https://hub.test", { HTTPS_PROXY: text })).toThrow(
        /^Cannot use the proxy that https_proxy names: it is no http or https address$/,
      );
    },
  );

  it.each([
    ["*", "https://hub.test", true],
    ["hub.test", "https://hub.test", true],
    ["HUB.test", "https://hub.test", true],
    ["a.test, hub.test", "https://hub.test", true],
    ["hub.test", "https://cdn.hub.test", true],
    [".hub.test", "https://cdn.hub.test", true],
    ["*.hub.test", "https://cdn.hub.test", true],
    ["hub.test", "https://github.test", false],
    ["hub.test:443", "https://hub.test", true],
    ["hub.test:80", "http://hub.test", true],
    ["hub.test:8443", "https://hub.test", false],
    ["10.0.0.7", "https://10.0.0.7", true],
    ["0.0.7", "https://10.0.0.7", false],
    ["10.0.0.0/8", "https://10.1.2.3", true],
    ["10.0.0.0/8", "https://11.1.2.3", false],
    ["10.0.0.0/8", "https://hub.test", false],
    ["10.0.0.0/99", "https://10.1.2.3", false],
    ["::1", "https://[::1]", true],
    ["[::1]:8443", "https://[::1]:8443", true],
    ["fd00::/8", "https://[fd12::1]", true],
  ])("with no_proxy %s: %s direct: %s", (list, url, direct) => {
    expect(chosen(url, { HTTPS_PROXY: http, HTTP_PROXY: http, NO_PROXY: list }) === undefined).toBe(direct);
  });
});

describe("pullModel(), through a proxy", () => {
  it("asks it for an http address by its full name", async () => {
    const server = await hubServer([file(CONTENT)], { config: CONFIG });
    const proxy = await proxyServer(server.url);
    const tried = await pull({
      HF_ENDPOINT: "http://hub.test",
      HTTP_PROXY: `http://user:p%40ss@${proxy.host}`,
      HF_TOKEN: "hf_secret",
    });
    expect(tried.pulled).toMatchObject({ how: "downloaded" });
    expect(proxy.asked[0]).toMatch(/^GET http:\/\/hub\.test\/owner\/.*model\.safetensors$/);
    expect(new Set(proxy.logins)).toEqual(new Set([`Basic ${Buffer.from("user:p@ss").toString("base64")}`]));
  });

  it("reaches an https address by a tunnel, in which it sees nothing", async () => {
    const server = await hubServer([file(CONTENT)], { config: CONFIG, pem: PEM });
    const proxy = await proxyServer(server.url);
    const env = {
      HF_ENDPOINT: "https://hub.test",
      HTTPS_PROXY: `http://user:pass@${proxy.host}`,
      HF_TOKEN: "hf_secret",
    };
    const tried = await pull(env, { hub: { ...hubOf(env), authorities: PEM } });
    expect(tried.words).toBe("");
    expect(tried.pulled).toMatchObject({ how: "downloaded" });
    expect(proxy.asked).toEqual(["CONNECT hub.test:443", "CONNECT hub.test:443"]);
    expect(server.asked[0]!.headers.authorization).toBe("Bearer hf_secret");
    expect(server.asked[0]!.headers).not.toHaveProperty("proxy-authorization");
  });

  it("does not take another host's certificate in a tunnel, nor one that nobody vouches for", async () => {
    const server = await hubServer([file(CONTENT)], { config: CONFIG, pem: PEM });
    const proxy = await proxyServer(server.url);
    const env = { HF_ENDPOINT: "https://other.test", HTTPS_PROXY: proxy.host };
    const other = await pull(env, { hub: { ...hubOf(env), authorities: PEM } });
    expect(other.words).toContain("does not match certificate's altnames");
    const unknown = await pull({ ...env, HF_ENDPOINT: "https://hub.test" });
    expect(unknown.words).toContain("self-signed certificate");
    expect(server.asked).toEqual([]);
  });

  it("goes past it where no_proxy says so", async () => {
    const server = await hubServer([file(CONTENT)], { config: CONFIG });
    const proxy = await proxyServer(server.url);
    const tried = await pull({ HF_ENDPOINT: server.url, HTTP_PROXY: proxy.host, NO_PROXY: "127.0.0.1" });
    expect(tried.pulled).toMatchObject({ how: "downloaded" });
    expect(proxy.asked).toEqual([]);
  });

  it("says that it refuses, without its password", async () => {
    const refusing = createServer();
    refusing.on("connect", (_, socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    const host = await listening(refusing);
    const tried = await pull({ HF_ENDPOINT: "https://hub.test", HTTPS_PROXY: `http://user:s3cr3t@${host}` });
    expect(tried.words).toContain(`Cannot connect to "hub.test:443": the proxy ${host} answers with status 407`);
    expect(tried.words).not.toContain("s3cr3t");
    expect(tried.error).toMatchObject({ exitCode: 4 });
  });

  /** Pulls through a proxy that does this with a tunnel. */
  const through = async (work: (socket: Socket) => void) => {
    const proxy = createServer().on("connect", (_, socket: Socket) => work(socket));
    const env = { HF_ENDPOINT: "https://hub.test", HTTPS_PROXY: `http://${await listening(proxy)}` };
    return pull(env, { patience: { tries: 2, idleMs: 50, waitMs: 1, mostMs: 10 } });
  };
  const established = "HTTP/1.1 200 Connection Established\r\n\r\n";

  it("does not wait for one that is silent, before the tunnel or in it", async () => {
    for (const work of [() => {}, (socket: Socket) => socket.write(established)]) {
      const { words, notes } = await through(work);
      expect(words).toContain("the server was silent for 0.05 s");
      expect(notes).toHaveLength(1);
    }
  });

  it("tries again where the tunnel is cut", async () => {
    const cut = (socket: Socket) => socket.write(established, () => socket.resetAndDestroy());
    const { words, notes } = await through(cut);
    expect(words).toContain("the connection was cut");
    expect(notes).toHaveLength(1);
  });
});

describe("pullModel(), without a proxy", () => {
  it("does not wait for a server that never shakes hands", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const sockets: Socket[] = [];
    server.on("connection", (socket) => sockets.push(socket));
    const { port } = server.address() as AddressInfo;
    const patience = { tries: 2, idleMs: 50, waitMs: 1, mostMs: 10 };
    const tried = await pull({ HF_ENDPOINT: `https://127.0.0.1:${port}` }, { patience });
    expect(tried.words).toContain("the server was silent for 0.05 s");
    expect(sockets).toHaveLength(2);
    server.close();
  });
});

describe("hubOf()", () => {
  it("is the Hugging Face Hub unless told otherwise", () => {
    expect(hubOf({}).endpoint.href).toBe("https://huggingface.co/");
    expect(hubOf({ HF_ENDPOINT: "", HF_TOKEN: "" })).toMatchObject({ token: undefined });
  });

  it("refuses what is no address or no token, and does not repeat it", () => {
    expect(() => hubOf({ HF_ENDPOINT: "huggingface.co" })).toThrow("Cannot use HF_ENDPOINT: it is no http or https");
    expect(() => hubOf({ HF_TOKEN: "s3cr3t\nX: y" })).toThrow(/^Cannot use HF_TOKEN: it holds characters that no/);
  });
});
