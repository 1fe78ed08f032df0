import { JSONPath } from 'jsonpath-plus'
import { toText } from '../../util/to-text.ts'
import type { PlainRecord } from '../../util/records.ts'
import { pick, type Random } from '../../util/random.ts'
import { headerOf, type HookResponse } from '../http/response.ts'
import { extractSelector, extractXpath } from './extract-markup.ts'

/** The part of a response that captures and matches read. */
export type Extractable = Pick<HookResponse, 'headers' | 'body'>

/** What a capture looks for, with its templates filled. */
export type CaptureSpec = PlainRecord

const captureKinds = ['json', 'xpath', 'regexp', 'header', 'selector'] as const

/** The value that a capture finds, undefined when there is none. Throws when the response cannot be read that way. */
export async function extract(spec: CaptureSpec, response: Extractable, random: Random): Promise<unknown> {
  if (spec['json'] !== undefined) return extractJson(spec, response, random)
  if (spec['regexp'] !== undefined) return extractRegexp(spec, response)
  if (spec['header'] !== undefined) return headerOf(response.headers, toText(spec['header']))
  if (spec['xpath'] !== undefined) return extractXpath(spec, response.body, random)
  if (spec['selector'] !== undefined) return extractSelector(spec, response.body, random)
  throw new Error(`a capture names one of ${captureKinds.join(', ')}`)
}

/** What the capture looks for, as it is named in messages. */
export function expressionOf(spec: CaptureSpec): string {
  const kind = captureKinds.find((each) => spec[each] !== undefined)
  return kind === undefined ? toText(spec) : `${kind} ${toText(spec[kind])}`
}

/** Several hits: one at random, or all of them as a list with `multiple: false`. */
function extractJson(spec: CaptureSpec, response: Extractable, random: Random): unknown {
  const json = JSON.parse(response.body) as object
  const found: unknown = JSONPath({ path: toText(spec['json']), json, wrap: true, eval: 'safe' })
  if (!Array.isArray(found)) return undefined
  const hits: readonly unknown[] = found
  if (spec['multiple'] === false) return hits.length === 1 ? hits[0] : hits
  return hits.length > 1 ? pick(hits, random) : hits[0]
}

function extractRegexp(spec: CaptureSpec, response: Extractable): unknown {
  const { regexp, flags, group } = spec
  const pattern =
    regexp instanceof RegExp ? regexp : new RegExp(toText(regexp), flags === undefined ? '' : toText(flags))
  const match = pattern.exec(response.body)
  if (match === null) return undefined
  if (group === undefined || group === null) return match[0]
  const index = Number(group)
  return Number.isNaN(index) ? match.groups?.[toText(group)] : match[index]
}
