/** `src/` → `dist/`: compiles, writes the JSON Schema, and makes the command executable. */
import { execFileSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
const run = (...argv) => execFileSync(process.execPath, argv, { cwd: root, stdio: "inherit" });

rmSync(join(root, "dist"), { recursive: true, force: true });
run(compiler, "-p", "tsconfig.build.json");
run(join("dist", "schema.js"));
chmodSync(join(root, "dist", "cli.js"), 0o755); // npm links a command of its own clone without doing so
