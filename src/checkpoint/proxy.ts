import { BlockList, isIP } from "node:net";
import { ExitCode, UserError } from "../errors.ts";
import type { Environment } from "./cache-folders.ts";

/**
 * The proxy that the environment names for an address: `https_proxy`, `http_proxy` or `all_proxy`, in small or capital
 * letters, unless `no_proxy` exempts the host.
 *
 * Source: curl's manual, "Environment"; an entry of `no_proxy` is `*`, a host with all below it, an address or a block
 * of addresses; all but the block may state a port.
 *
 * @returns undefined where the address is reached directly
 * @throws {UserError} exit 2 if the variable holds no http or https address
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const named = (name: string) => env[name] || env[name.toUpperCase()];
  const variable = [`${url.protocol.slice(0, -1)}_proxy`, "all_proxy"].find(named);
  if (variable === undefined || isExempt(url, named("no_proxy") ?? "")) return undefined;
  const text = named(variable)!;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (URL.canParse(address) && /^https?:/i.test(address)) return new URL(address);
  throw new UserError(
    `Cannot use the proxy that ${variable} names: it is no http or https address`, // its text may hold a password
    ExitCode.usage,
    "expected an address such as http://proxy.example:3128",
  );
}

function isExempt(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      if (entry.includes("/")) return isInBlock(host, entry);
      const [, name = "", stated = port] =
        /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
      const domain = name.replace(/^\*?\./, "");
      return stated === port && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)));
    });
}

function isInBlock(host: string, block: string): boolean {
  const [network = "", prefix = ""] = block.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128))
    return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  const blocks = new BlockList();
  blocks.addSubnet(network, Number(prefix), kind);
  return blocks.check(host, kind);
}

/** The host of an address; that of IPv6 without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}
