/**
 * Whether an error comes from reading a body that is no JSON: the caller's fault, where an app does not say otherwise. Its stack has no
 * frame of the app but those that waited; an app that parses text by itself stands in it.
 */
export function isMalformedBody(error: unknown): boolean {
  if (!(error instanceof SyntaxError)) return false
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at (?!async )/.test(line))
  return !frames.some((frame) => frame.includes('file:'))
}
