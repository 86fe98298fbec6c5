/**
 * A step of the build: writes the JSON Schema of risk_windows.json beside the compiled code.
 * @module
 */
import { writeFileSync } from "node:fs";
import { jsonSchema } from "./windows/document.ts";

writeFileSync(new URL("./risk-windows.schema.json", import.meta.url), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
