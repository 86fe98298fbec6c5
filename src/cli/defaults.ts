/**
 * What options are unless given. Apart from the work that knows them too: the command line is read before that loads.
 * @module
 */

/** Where `drp forecast` writes its windows. */
export const DEFAULT_WINDOWS = "output/risk_windows.json";

/** Where `drp train` writes its model. */
export const DEFAULT_CHANGE_MODEL = "models/change-risk";

/** Where the events are. */
export const DEFAULT_DATA = "data";

/** What `drp impact` prints. */
export const IMPACT_FORMATS = ["table", "json", "dot", "mermaid"] as const;
