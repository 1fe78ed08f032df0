/** A value as text: objects as JSON, everything else as JavaScript prints it. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return `${value as string | number | boolean | bigint | null | undefined}`
}
