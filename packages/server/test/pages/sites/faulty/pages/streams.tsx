import { Suspense, use } from 'react'

const texts = new Map<string, Promise<string>>()

/** One promise for a text, as React asks for: it renders again when the promise settles. */
function later(text: string): Promise<string> {
  const known = texts.get(text) ?? new Promise<string>((resolve) => setTimeout(() => resolve(text), 60))
  texts.set(text, known)
  return known
}

function Late({ text }: { readonly text: string }) {
  return <b>{use(later(text))}</b>
}

export const config = { stream: true }

export default function Streams({ query }: { readonly query: { readonly text?: string } }) {
  return (
    <Suspense fallback={<i>please wait</i>}>
      <Late text={query.text ?? 'content'} />
    </Suspense>
  )
}
