import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { escapeHtml } from '../render/html.host.ts'

/** What the browser's overlay shows. */
export interface DevError {
  readonly message: string
  readonly stack: string
  readonly id?: string
  readonly frame?: string
  readonly loc?: { readonly file: string; readonly line: number; readonly column: number }
}

/** What a document of an error asks as soon as it can be told of changes: one between its answer and then is told to nobody. */
export const staleErrorEvent = 'evenkeel:stale-error'

interface OverlayOptions {
  readonly root: string
  readonly base: string
  /** Of the files that the error is in. */
  readonly version: number
}

interface Thrown {
  readonly message?: string
  readonly stack?: string
  readonly id?: string
  readonly frame?: string
  readonly loc?: { readonly file?: string; readonly line?: number; readonly column?: number }
}

/** Where in the project an error comes from: what the compiler says, or the first line of its stack that is the project's. */
export function devError(thrown: Thrown, root: string): DevError {
  const { message = 'The page threw', stack = '', id, frame, loc } = thrown
  const text = plain(message)
  const file = loc?.file ?? id
  if (file !== undefined && loc?.line !== undefined) {
    const place = { file, line: loc.line, column: loc.column ?? 0 }
    return {
      message: text,
      stack: plain(stack),
      id: file,
      loc: place,
      frame: frame === undefined ? frameOf(place) : plain(frame),
    }
  }
  const place = projectPlace(stack, root)
  if (place === undefined) return { message: text, stack: plain(stack) }
  return { message: text, stack: plain(stack), id: place.file, loc: place, frame: frameOf(place) }
}

/** A document with the error in it and over it; it reloads when the mistake is mended. */
export function overlayDocument(error: DevError, { root, base, version }: OverlayOptions): string {
  const { loc } = error
  const place = loc === undefined ? '' : `${relative(root, loc.file)}:${loc.line}:${loc.column}`
  const data = JSON.stringify(error).replaceAll('<', String.raw`\u003C`)
  const client = `${base}@vite/client`
  return (
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(error.message.split('\n')[0] ?? '')}</title>` +
    `<script type="module" src="${client}"></script></head><body style="font:15px/1.5 ui-monospace,monospace;margin:2rem">` +
    `<h1 style="font-size:1.1rem">${escapeHtml(error.message)}</h1><p>${escapeHtml(place)}</p>` +
    `<pre>${escapeHtml(error.frame ?? '')}</pre><pre>${escapeHtml(error.stack)}</pre>` +
    `<script type="module">import { createHotContext, ErrorOverlay } from '${client}'\n` +
    `const hot = createHotContext('/evenkeel-error')\nhot.on('vite:ws:connect', () => hot.send('${staleErrorEvent}', ${version}))\n` +
    `document.body.append(new ErrorOverlay(${data}))</script></body></html>`
  )
}

function projectPlace(stack: string, root: string): DevError['loc'] {
  for (const [, file = '', line = '', column = ''] of stack.matchAll(/(?:file:\/\/)?(\/[^\s()]+):(\d+):(\d+)/g))
    if (file.startsWith(`${root}/`) && !file.includes('/node_modules/') && existsSync(file))
      return { file, line: Number(line), column: Number(column) }
  return undefined
}

function frameOf({
  file,
  line,
  column,
}: {
  readonly file: string
  readonly line: number
  readonly column: number
}): string {
  if (!existsSync(file)) return ''
  const lines = readFileSync(file, 'utf8').split('\n')
  const from = Math.max(0, line - 3)
  const shown = lines.slice(from, line + 2).map((text, index) => {
    const number = from + index + 1
    const row = `${String(number).padStart(4)} | ${text}`
    return number === line ? `${row}\n     | ${' '.repeat(Math.max(0, column - 1))}^` : row
  })
  return shown.join('\n')
}

function plain(text: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- colours of a terminal begin with the control character ESC
  return text.replaceAll(/\u001B\[[0-9;]*m/g, '')
}
