/** Markup that is safe to put into a page. Only `html` and `trusted` make it, so text cannot become markup by accident. */
export interface Html {
  readonly markup: string
}

type Part = string | number | Html | undefined | false | readonly (Html | string)[]

/**
 * Builds markup from a template. Every string and number put into it is escaped, in text and in quoted attributes alike: error
 * messages and URLs come from the server under test and may hold anything.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const rest = parts.map((part, index) => markupOf(part) + (strings[index + 1] ?? ''))
  return { markup: (strings[0] ?? '') + rest.join('') }
}

/** Markup from our own files. Never from a result. */
export function trusted(markup: string): Html {
  return { markup }
}

export function join(parts: readonly Html[]): Html {
  return { markup: parts.map((part) => part.markup).join('') }
}

/** JSON for a script element: no sequence of it can end the element or start another. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What XML 1.0 forbids and HTML has no use for: control characters but tab and line ends, and two noncharacters. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/** Escapes text for HTML and XML; control characters that neither may hold are shown as U+FFFD, as are halves of surrogate pairs. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
    .replaceAll(unprintable, '\ufffd')
}

function markupOf(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part))
  if ('markup' in part) return part.markup
  return part.map((each) => markupOf(each)).join('')
}
