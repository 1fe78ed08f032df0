/** The element of the page with this id. Throws when the page has none: page and script belong together. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no element "${id}"`)
  return element as Kind
}

type Child = Node | string | undefined

/** A new element. Strings become text, never markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

export function makeButton(label: string, describedAs: string, onClick: () => void): HTMLButtonElement {
  const button = make('button', { type: 'button', 'aria-label': describedAs, title: describedAs }, label)
  button.addEventListener('click', onClick)
  return button
}

const svgSpace = 'http://www.w3.org/2000/svg'

export function makeSvg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Node[]
): SVGElement {
  const element = document.createElementNS(svgSpace, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  element.append(...children)
  return element
}
