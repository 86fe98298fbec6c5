export const METHODS = [
  "drp",
  "timesfmIncidents",
  "timesfmParts",
  "hourOfWeek",
  "twoFactor",
  "constant",
  "lastWeek",
] as const;
export type MethodId = (typeof METHODS)[number];

export const METHOD_NAMES: Record<MethodId, string> = {
  drp: "drp",
  timesfmIncidents: "TimesFM on incident counts",
  timesfmParts: "TimesFM on deploys and traffic",
  hourOfWeek: "hour-of-week mean, 26 weeks",
  twoFactor: "two-factor climatology, 52 weeks",
  constant: "constant rate, 26 weeks",
  lastWeek: "last week",
};
