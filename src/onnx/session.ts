import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { ExitCode, UserError } from "../errors.ts";
import { usualThreads } from "../threads/on-threads.ts";

export const DEVICES = ["cpu", "webgpu", "cuda", "dml", "coreml"] as const;
export type Device = (typeof DEVICES)[number];

/** What a session is opened for. */
export type Work = {
  device: Device;
  /**
   * threads of one inference; one per core unless given: the runtime's own choice leaves cores out that it takes for
   * hyper-threads, on some virtual machines all but one
   */
  threads?: number;
  /** one forecast and done, or many with the same session */
  runs: "once" | "many";
  /** work on constants is done once, when the session opens, on the CPU too; false unless given */
  folding?: boolean;
  /** threads that wait keep their cores busy: they go on at once, and are in the way where others want the cores; true unless given */
  spinning?: boolean;
};

/** How to get a provider that the installed runtime lacks. */
const HOW_TO_GET: Readonly<Record<Device, string>> = {
  cpu: "reinstall onnxruntime-node",
  webgpu:
    "onnxruntime-node bundles it; it needs a GPU and its driver (Vulkan on Linux, Metal on macOS, D3D12 on Windows)",
  cuda: "on Linux x64 install it with: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node",
  dml: "it exists on Windows only",
  coreml: "it exists on macOS only",
};

function hintFor(device: Device): string {
  return device === "cpu" ? HOW_TO_GET.cpu : `${HOW_TO_GET[device]}; --device cpu works everywhere`;
}

/**
 * Session options for the work at hand.
 *
 * On the CPU a session for one run skips prepacking: the weights stay memory-mapped where they lie, it opens in a tenth
 * of the time and needs no second copy of them; the run itself costs about a fifth more. A graph made for the runtime
 * needs no optimiser on the CPU; on other devices the optimiser places what they lack.
 */
export function sessionOptions(work: Work, weightsFolder?: string): InferenceSession.SessionOptions {
  const cpu = work.device === "cpu";
  return {
    executionProviders: cpu ? ["cpu"] : [work.device, "cpu"],
    graphOptimizationLevel: !cpu ? "all" : work.folding === true ? "basic" : "disabled",
    logSeverityLevel: 3, // errors; warnings of the runtime are nothing a user can act on
    intraOpNumThreads: work.threads ?? usualThreads(),
    extra: {
      session: {
        ...(weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
        ...(cpu && work.runs === "once" ? { disable_prepacking: "1" } : {}),
        ...(work.spinning === false ? { intra_op: { allow_spinning: "0" } } : {}),
      },
    },
  };
}

type Values = Float32Array | Float64Array | BigInt64Array | Uint8Array | Int8Array;

/** Values of a shape, plain, so that they can go to a thread. */
export type Tensor = {
  type: "float32" | "float64" | "int64" | "uint8" | "int8";
  data: Values;
  dims: readonly number[];
};
export type Feeds = Readonly<Record<string, Tensor>>;

/** @param dims whose product is `data.length` */
export function float(data: Float32Array, dims: readonly number[]): Tensor {
  return { type: "float32", data, dims };
}

/** @param dims whose product is `data.length` */
export function double(data: Float64Array, dims: readonly number[]): Tensor {
  return { type: "float64", data, dims };
}

export function int64(values: readonly number[], dims: readonly number[]): Tensor {
  return { type: "int64", data: BigInt64Array.from(values, BigInt), dims };
}

/** An open model on a device. */
export interface Session {
  /**
   * Returns the outputs asked for. Feeds are handed over: a session in a thread of its own leaves nothing in their arrays.
   *
   * @param signal stops waiting; a run that has begun goes on
   */
  run<Name extends string>(feeds: Feeds, outputs: readonly Name[], signal?: AbortSignal): Promise<Record<Name, Tensor>>;
  close(): Promise<void>;
}

/** The memory that tensors lie in, to be moved to another thread; what is empty is copied as quickly. */
export function buffersOf(tensors: Feeds): ArrayBuffer[] {
  const buffers = Object.values(tensors).flatMap(({ data: { buffer } }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength > 0 ? [buffer] : [],
  );
  return [...new Set(buffers)];
}

/** A session in the thread that asks, which the runtime holds up while it runs. */
class OwnSession implements Session {
  readonly #inner: InferenceSession;
  readonly #runtime: typeof import("onnxruntime-node");

  constructor(inner: InferenceSession, runtime: typeof import("onnxruntime-node")) {
    this.#inner = inner;
    this.#runtime = runtime;
  }

  async run<Name extends string>(feeds: Feeds, outputs: readonly Name[]): Promise<Record<Name, Tensor>> {
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new this.#runtime.Tensor(type, data, dims)]),
    );
    const results = await this.#inner.run(inputs, [...outputs]);
    const plain = outputs.map((name) => {
      const { type, data, dims } = results[name]!;
      return [name, { type, data, dims }];
    });
    return Object.fromEntries(plain); // run() rejects if it cannot give every output named
  }

  async close(): Promise<void> {
    await this.#inner.release();
  }
}

/** Folder and name of a weights file as the runtime wants them: it refuses links that lead out of the folder. */
export async function placeOf(weightsFile: string): Promise<{ folder: string; name: string }> {
  const path = await realpath(weightsFile);
  return { folder: dirname(path), name: basename(path) };
}

/** The runtime, which says nothing: what goes wrong is thrown as well. */
export async function loadRuntime(): Promise<typeof import("onnxruntime-node")> {
  const runtime = await import("onnxruntime-node");
  runtime.env.logLevel = "fatal";
  return runtime;
}

/** The devices that the installed runtime knows of; whether they work shows when a model is opened there. */
export async function installedDevices(): Promise<Device[]> {
  const { listSupportedBackends } = await loadRuntime();
  const names: readonly string[] = listSupportedBackends().map(({ name }) => name);
  return DEVICES.filter((device) => names.includes(device));
}

/**
 * Opens a model built in memory.
 *
 * @param weightsFolder where the files lie that hold its weights, if it has such
 * @throws {UserError} exit 4 if the runtime lacks the device or cannot open the model
 */
export async function openSession(model: Uint8Array, weightsFolder: string | undefined, work: Work): Promise<Session> {
  const runtime = await loadRuntime();
  const installed = await installedDevices();
  if (!installed.includes(work.device)) {
    throw new UserError(
      `Cannot run on device "${work.device}": the installed ONNX Runtime has ${installed.join(", ")}`,
      ExitCode.model,
      hintFor(work.device),
    );
  }
  try {
    return new OwnSession(await runtime.InferenceSession.create(model, sessionOptions(work, weightsFolder)), runtime);
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    const message = `Cannot open the model on device "${work.device}": ${state}`;
    throw new UserError(message, ExitCode.model, hintFor(work.device), { cause: error });
  }
}
