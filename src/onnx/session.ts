import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExitCode, UserError } from "../errors.ts";

export const DEVICES = ["cpu", "webgpu", "cuda", "dml", "coreml"] as const;
export type Device = (typeof DEVICES)[number];

/** What a session is opened for. */
export type Work = {
  device: Device;
  /** threads of one inference; the runtime's own choice (one per core) unless given */
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
    enableCpuMemArena: false,
    logSeverityLevel: 3, // errors; warnings of the runtime are nothing a user can act on
    ...(work.threads === undefined ? {} : { intraOpNumThreads: work.threads }),
    extra: {
      session: {
        ...(weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
        ...(cpu && work.runs === "once" ? { disable_prepacking: "1" } : {}),
        ...(work.spinning === false ? { intra_op: { allow_spinning: "0" } } : {}),
      },
    },
  };
}

export type { Tensor } from "onnxruntime-node";
export type Feeds = Readonly<Record<string, Tensor>>;

/** An open model on a device. */
export class Session {
  readonly #inner: InferenceSession;
  readonly #runtime: typeof import("onnxruntime-node");

  constructor(inner: InferenceSession, runtime: typeof import("onnxruntime-node")) {
    this.#inner = inner;
    this.#runtime = runtime;
  }

  /** @param shape whose product is `values.length` */
  float(values: Float32Array, shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor("float32", values, shape);
  }

  int64(values: readonly number[], shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor("int64", BigInt64Array.from(values, BigInt), shape);
  }

  /** Runs off the event loop and returns the outputs asked for. */
  async run<Name extends string>(feeds: Feeds, outputs: readonly Name[]): Promise<Record<Name, Tensor>> {
    const results = await this.#inner.run(feeds, outputs);
    return results as Record<Name, Tensor>; // run() rejects if it cannot give every output named
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

/** The devices that the installed runtime knows of; whether they work shows when a model is opened there. */
export async function installedDevices(): Promise<Device[]> {
  const { listSupportedBackends } = await import("onnxruntime-node");
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
  const runtime = await import("onnxruntime-node");
  runtime.env.logLevel = "fatal"; // what goes wrong is thrown as well
  const installed = await installedDevices();
  if (!installed.includes(work.device)) {
    throw new UserError(
      `Cannot run on device "${work.device}": the installed ONNX Runtime has ${installed.join(", ")}`,
      ExitCode.model,
      hintFor(work.device),
    );
  }
  try {
    return new Session(await runtime.InferenceSession.create(model, sessionOptions(work, weightsFolder)), runtime);
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    const message = `Cannot open the model on device "${work.device}": ${state}`;
    throw new UserError(message, ExitCode.model, hintFor(work.device), { cause: error });
  }
}
