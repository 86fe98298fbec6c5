/** `14.2 %` */
export function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}
