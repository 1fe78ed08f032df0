const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character)
}

/** An element without content, such as `link`. Names that could break out of a tag are left out. */
export function voidElement(name: string, attributes: Readonly<Record<string, string | true>>): string {
  const text = Object.entries(attributes)
    .filter(([key]) => /^[A-Za-z][A-Za-z0-9:-]*$/.test(key))
    .map(([key, value]) => (value === true ? ` ${key}` : ` ${key}="${escapeHtml(String(value))}"`))
    .join('')
  return `<${name}${text}>`
}
