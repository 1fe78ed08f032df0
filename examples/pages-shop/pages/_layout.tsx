import type { ReactNode } from 'react'
import type { Head, Query } from '@evenkeel/server/page'
import './shop.css'

export const head: Head = {
  title: 'Fathom',
  meta: { description: 'Instruments and comforts for small boats', 'theme-color': '#14213d' },
}

export default function Layout({ children, query }: { readonly children: ReactNode; readonly query: Query }) {
  const wanted = typeof query['q'] === 'string' ? query['q'] : ''
  return (
    <>
      <header className="top">
        <div className="wide top-row">
          <a className="brand" href="/">
            <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
              <path d="M3 20 h26 l-5 8 h-16 z" fill="currentColor" />
              <path d="M16 3 v15 h-9 z M18 7 v11 h7 z" fill="var(--accent)" />
            </svg>
            Fathom
          </a>
          <form className="search" action="/search" role="search">
            <input type="search" name="q" placeholder="Search" aria-label="Search the shop" defaultValue={wanted} />
          </form>
        </div>
      </header>
      <main className="wide">{children}</main>
      <footer className="wide soft">
        <span>Fathom is an example. Nothing here can be bought.</span>
        <span>Rendered on the server, alive in the browser.</span>
      </footer>
    </>
  )
}
