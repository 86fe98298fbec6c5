/** A number of bytes as `925 MB`, or `1.0 MB` below ten. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value.toFixed(value < 10 ? 1 : 0)} MB`;
}
