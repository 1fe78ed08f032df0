import { toText } from '../../util/to-text.ts'
import { pick, type Random } from '../../util/random.ts'
import type { CaptureSpec } from './extract.ts'

/** An attribute of the element that a CSS selector finds: the first, the one at `index`, the `last` or one at `random`. */
export async function extractSelector(spec: CaptureSpec, body: string, random: Random): Promise<unknown> {
  const { parse } = await import('node-html-parser')
  const elements = parse(body).querySelectorAll(toText(spec['selector']))
  const element = choose(elements, spec['index'], random)
  if (element === undefined) return undefined
  return spec['attr'] === undefined ? element.text : element.getAttribute(toText(spec['attr']))
}

/** The text of the node that an XPath expression finds, or its value when it is no node set. */
export async function extractXpath(spec: CaptureSpec, body: string, random: Random): Promise<unknown> {
  const [{ DOMParser }, { default: xpath }] = await Promise.all([import('@xmldom/xmldom'), import('xpath')])
  const document = new DOMParser({ onError: () => {} }).parseFromString(body, 'text/xml')
  // The two libraries describe the same DOM with different types.
  const found: unknown = xpath.select(toText(spec['xpath']), document as unknown as Node)
  if (!Array.isArray(found)) return found
  const node: unknown = choose(found, spec['index'], random)
  return node === undefined ? undefined : textOf(node)
}

function choose<T>(list: readonly T[], index: unknown, random: Random): T | undefined {
  if (index === 'last') return list.at(-1)
  if (index === 'random') return pick(list, random)
  return list[index === undefined ? 0 : Number(index)]
}

function textOf(node: unknown): string | undefined {
  const { nodeValue, textContent } = node as { nodeValue?: string | null; textContent?: string | null }
  return nodeValue ?? textContent ?? undefined
}
