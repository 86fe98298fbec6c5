/**
 * Runs a folder of golden cases through the model code, on the CPU or another device: `npm run golden -- DIR [DEVICE]`.
 * Ends with "N passed, N failed" and exits 1 if any failed.
 */
import { DEVICES } from "../src/forecast/choices.ts";
import { breachOf, errorBreachOf, openGolden } from "./golden-cases.ts";

const [folder, asked = "cpu"] = process.argv.slice(2);
const device = DEVICES.find((known) => known === asked);
if (folder === undefined || device === undefined) {
  console.error(`usage: npm run golden -- DIR [${DEVICES.join("|")}]`);
  process.exit(2);
}
const golden = await openGolden(folder, device);
let failed = 0;
const report = (name: string, breach: string | undefined) => {
  if (breach !== undefined) failed += 1;
  console.log(`${breach === undefined ? "ok    " : "FAILED"} ${name}${breach === undefined ? "" : `: ${breach}`}`);
};
for (const one of golden.cases) {
  report(one.name, await breachOf(golden, one).catch((error: unknown) => String(error)));
}
for (const { name } of golden.errors) report(name, await errorBreachOf(golden, name));
await golden.model.close();
console.log(`${golden.cases.length + golden.errors.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
