/**
 * Runs a folder of golden cases through the model code: `npm run golden -- DIR`.
 * Ends with "N passed, N failed" and exits 1 if any failed.
 */
import { breachOf, errorBreachOf, openGolden } from "./golden-cases.ts";

const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: npm run golden -- DIR");
  process.exit(2);
}
const golden = await openGolden(folder);
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
