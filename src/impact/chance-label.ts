/** `63 %`: whole, as the draws know no more; never 0 or 100, which no draws can prove. */
export function chanceLabel(chance: number): string {
  const whole = Math.round(100 * chance);
  if (whole === 0) return "< 1 %";
  return whole === 100 ? "> 99 %" : `${whole} %`;
}
