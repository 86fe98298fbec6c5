import { z } from "zod";

const service = z.string().min(1, { error: "expected the name of a service" });

/** One row of dependencies.csv: `caller` needs `callee`. */
export const dependencySchema = z.object({ caller: service, callee: service });
export type Dependency = z.infer<typeof dependencySchema>;
