export const DEPLOY_SIZES = ["small", "medium", "large"] as const;
