/** What the process exits with; scripts test for these. */
export const ExitCode = {
  ok: 0,
  bug: 1,
  usage: 2,
  data: 3,
  model: 4,
  output: 5,
  caution: 10,
  avoid: 11,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * A failure that the user can fix: shown as `error: message` and `hint: hint`, without a stack.
 *
 * The message reads `Cannot <do what> "<to what>": <state found>`, without a final full stop.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, exitCode: ExitCode, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
