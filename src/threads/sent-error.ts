import { UserError } from "../errors.ts";

/** An error on its way from a thread, on which it would lose its class. */
export type SentError = { error: unknown; user: Pick<UserError, "message" | "exitCode" | "hint"> | undefined };

export function sentError(error: unknown): SentError {
  if (!(error instanceof UserError)) return { error, user: undefined };
  const { message, exitCode, hint } = error;
  return { error, user: { message, exitCode, hint } };
}

/** The error as it was thrown. */
export function rebuiltError({ error, user }: SentError): unknown {
  if (user === undefined) return error;
  return new UserError(user.message, user.exitCode, user.hint, { cause: error });
}
