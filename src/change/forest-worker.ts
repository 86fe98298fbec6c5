/** A thread that grows trees as `growForest` asks for them. */
import { answer } from "../threads/answer.ts";
import { type ForestData, growNumbered } from "./grow-numbered.ts";

answer(async (data: ForestData) => (number) => growNumbered(data, number));
