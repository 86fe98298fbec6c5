import type { WallHour } from "../calendar/zone.ts";
import { checkWritable, writeAll } from "../emit/atomic-write.ts";
import { canCause } from "../events/deploy.ts";
import { counted } from "../naming/counted.ts";
import { shellWord } from "../naming/shell-word.ts";
import { generatePlatform } from "../synthetic/platform.ts";
import { generateServicePlatform } from "../synthetic/service-platform.ts";
import { platformFiles, servicePlatformFiles, serviceTruthFiles, truthFiles } from "./generated-files.ts";
import type { Io } from "./io.ts";

export type GenerateOptions = {
  out: string;
  seed: number;
  /** hour of the first day's midnight */
  start: WallHour;
  days: number;
  futureDays: number;
  /** undefined for a platform that names none */
  services?: number;
  truth: boolean;
};

/** Draws a platform and writes it as CSV files. */
export async function runGenerate(options: GenerateOptions, io: Io): Promise<void> {
  const { out, days } = options;
  await checkWritable(out);
  const { platform, files, parts } = generated(options);
  await writeAll(out, files, io.signal);
  const { matches, deploys, incidents } = platform;
  io.stderr.write(
    `Wrote ${matches.length} matches, ${deploys.filter(canCause).length} deploys and ${incidents.length} incidents ` +
      `of ${counted(days, "day")}${parts} to ${out}\nNext: drp forecast --data ${shellWord(out)}\n`,
  );
}

function generated({ seed, start, days, futureDays, services, truth }: GenerateOptions) {
  const request = { seed, startHour: start, days, futureDays };
  if (services === undefined) {
    const platform = generatePlatform(request);
    return { platform, files: { ...platformFiles(platform), ...(truth ? truthFiles(platform) : {}) }, parts: "" };
  }
  const platform = generateServicePlatform({ ...request, services });
  return {
    platform,
    files: { ...servicePlatformFiles(platform), ...(truth ? serviceTruthFiles(platform) : {}) },
    parts: ` (services: ${services}, dependencies: ${platform.dependencies.length})`,
  };
}
