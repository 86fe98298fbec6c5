import { z } from "zod";
import { optionalText } from "./cells.ts";

const service = z.string().min(1, { error: "expected the name of a service" });

/** One row of dependencies.csv: `caller` needs `callee`, both of one system where the file holds several. */
export const dependencySchema = z.object({ caller: service, callee: service, system: optionalText });
export type Dependency = z.infer<typeof dependencySchema>;
