import { Command } from "commander";
import type { Io } from "../io.ts";
import { modelListCommand } from "./model-list.ts";

/** The commands about forecasting models. */
export function modelCommand(io: Io): Command {
  return new Command("model").description("List, fetch and check forecasting models").addCommand(modelListCommand(io));
}
