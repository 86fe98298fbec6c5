import { type ResourceLimits, Worker } from "node:worker_threads";

/** A module in the folder of another, built or not as that is. @param url the other's `import.meta.url` */
export function moduleBeside(url: string, name: string): URL {
  return new URL(`./${name}${url.slice(url.lastIndexOf("."))}`, url);
}

/**
 * Starts a thread. From source, where there is no build, it needs the loader of TypeScript first.
 *
 * @param data copied to it, but for the memory that threads share
 */
export function openWorker(module: URL, data: unknown, limits?: ResourceLimits): Worker {
  const options = { workerData: data, ...(limits === undefined ? {} : { resourceLimits: limits }) };
  if (module.href.endsWith(".js")) return new Worker(module, options);
  const load = `import("${import.meta.resolve("tsx/esm/api")}").then(({ register }) => (register(), import("${module}")))`;
  return new Worker(load, { ...options, eval: true });
}
