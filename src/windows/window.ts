export type Level = "safe" | "caution" | "avoid";

/** One part of a window's risk. Shares of one window sum to 1. */
export type Reason = {
  part: "deployFailureProbability" | "loadIncidents" | "otherIncidents";
  /** 0..1, the part's share of the window's risk */
  share: number;
  /** a clause for people */
  text: string;
};

/** Adjacent hours of one level. */
export type RiskWindow = {
  kind: "avoid" | "safe";
  /** index of the first hour in RiskForecast.hours, and one past the last */
  from: number;
  to: number;
  /** epoch milliseconds, the end exclusive */
  startMs: number;
  endMs: number;
  /** length in clock hours */
  hours: number;
  maxRisk: number;
  meanRisk: number;
  /** Σ μ over the window, incidents */
  expectedIncidents: number;
  /** largest share first */
  reasons: readonly Reason[];
};

export type Thresholds = {
  /** an hour is avoid at or above this risk; null where no hour stands out, or `avoidAbove` rules */
  avoidAtOrAbove: number | null;
  /** an hour is avoid above this risk, stated by the user; null where the relative rule holds */
  avoidAbove: number | null;
  /** an hour can be safe only at or below this risk */
  safeAtOrBelow: number;
  medianRisk: number;
};

/** What the risk of each hour means for someone who wants to deploy. */
export type Assessment = {
  /** [hours] one per entry of RiskForecast.hours */
  levels: readonly Level[];
  /** in order of time */
  windows: readonly RiskWindow[];
  thresholds: Thresholds;
};
