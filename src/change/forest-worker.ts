/** A thread that grows trees as `growForest` asks for them. */
import { parentPort, workerData } from "node:worker_threads";
import { type ForestData, growNumbered } from "./grow-numbered.ts";

const data = workerData as ForestData; // what growForest hands over
parentPort!.on("message", (number: number) => parentPort!.postMessage(growNumbered(data, number)));
