/** One file of a model on the Hub. */
export type CatalogFile = {
  name: string;
  bytes: number;
  /** in hexadecimal; absent where only the size is known */
  sha256?: string;
};

/** A model that can be pulled, pinned to one revision. */
export type CatalogEntry = {
  name: string;
  /** owner and name on the Hub */
  repository: string;
  /** commit of the repository */
  revision: string;
  licence: string;
  parameters: number;
  /** most points of context and horizon together */
  contextLimit: number;
  weights: CatalogFile & { sha256: string };
  /** small, and left out where it is not as expected: what it tells also follows from the weights */
  config: CatalogFile;
};

/** Every model that `drp model pull` knows. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    name: "timesfm-2.5",
    repository: "google/timesfm-2.5-200m-pytorch",
    revision: "1d952420fba87f3c6dee4f240de0f1a0fbc790e3",
    licence: "Apache-2.0",
    parameters: 231_289_280,
    contextLimit: 16_384,
    weights: {
      name: "model.safetensors",
      bytes: 925_181_104,
      sha256: "2f776efe6245e42b24bc4153ffdf61810140210e4bd3b01fb21f7aa779ab6ce8",
    },
    config: { name: "config.json", bytes: 475 },
  },
];

/** The licence of the models that ship with the package: its own. */
export const EMBEDDED_LICENCE = "Apache-2.0";
