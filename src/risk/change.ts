import type { Deploy } from "../events/deploy.ts";

/** What is known of one change; what is not is taken as the average deploy has it. */
export type Change = { size?: Deploy["deploy_size"]; critical?: boolean };

/** "a deploy", "a large deploy", "a small critical fix", "a deploy that is no critical fix" */
export function nameOf({ size, critical }: Change): string {
  const kind = critical === true ? "critical fix" : "deploy";
  return `a ${size === undefined ? "" : `${size} `}${kind}${critical === false ? " that is no critical fix" : ""}`;
}
