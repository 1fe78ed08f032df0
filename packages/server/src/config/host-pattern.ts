import { wordedPattern } from './worded-pattern.ts'

/** A host that may be reached: a name or an address, or `*.` before a name for all below it. */
export const hostPattern: string = wordedPattern(
  '^(?:(?:\\*\\.)?[A-Za-z\\d](?:[A-Za-z\\d.:-]*[A-Za-z\\d])?|\\[[\\dA-Fa-f:.]+\\])$',
  'must be a host such as "api.example.com", or "*.example.com" for all below one',
)
