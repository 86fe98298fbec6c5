import { ExitCode, UserError } from "../errors.ts";
import type { Safetensors, TensorRange } from "./safetensors.ts";

/** The types of weights that a model may hold. */
export type WeightType = "F32" | "F16" | "I8";

/** A tensor of a checkpoint, by its full name. */
export type WeightTensor = TensorRange & { name: string; dtype: WeightType };

/** The tensors of a checkpoint, reached by scope and a stated shape; remembers which were asked for. */
export class Weights {
  readonly #file: Safetensors;
  readonly #prefix: string;
  readonly #used: Set<string>;

  constructor(file: Safetensors, prefix = "", used = new Set<string>()) {
    this.#file = file;
    this.#prefix = prefix;
    this.#used = used;
  }

  /** The scope's name, as in `stacked_xf.3.attn`. */
  get path(): string {
    return this.#prefix.slice(0, -1);
  }

  scope(name: string): Weights {
    return new Weights(this.#file, `${this.#prefix}${name}.`, this.#used);
  }

  has(name: string): boolean {
    return this.#file.tensors.has(this.#prefix + name);
  }

  /** @throws {UserError} exit 4 if the tensor is missing, of another shape, or of none of the types */
  tensor(name: string, shape: readonly number[], types: readonly WeightType[] = ["F32"]): WeightTensor {
    const fullName = this.#prefix + name;
    const range = this.#file.tensors.get(fullName);
    const cannot = (state: string) =>
      new UserError(`Cannot use tensor "${fullName}" of "${this.#file.path}": ${state}`, ExitCode.model);
    if (range === undefined) throw cannot(`it is missing, expected shape [${shape.join(", ")}]`);
    if (range.shape.length !== shape.length || range.shape.some((side, i) => side !== shape[i])) {
      throw cannot(`expected shape [${shape.join(", ")}], got [${range.shape.join(", ")}]`);
    }
    const dtype = types.find((type) => type === range.dtype);
    if (dtype === undefined) throw cannot(`expected dtype ${types.join(" or ")}, got ${range.dtype}`);
    this.#used.add(fullName);
    return { ...range, name: fullName, dtype };
  }

  /**
   * Rows of a matrix, as a tensor of their own.
   *
   * @throws {UserError} as `tensor()`
   */
  rows(
    name: string,
    shape: readonly number[],
    types: readonly WeightType[],
    first: number,
    count: number,
  ): WeightTensor {
    const whole = this.tensor(name, shape, types);
    const rowBytes = whole.length / shape[0]!;
    return {
      ...whole,
      name: `${whole.name}[${first}:${first + count}]`,
      shape: [count, ...shape.slice(1)],
      offset: whole.offset + first * rowBytes,
      length: count * rowBytes,
    };
  }

  /** Names that nothing has asked for. */
  unused(): string[] {
    return [...this.#file.tensors.keys()].filter((name) => !this.#used.has(name));
  }
}
