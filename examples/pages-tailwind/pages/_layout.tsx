import type { ReactNode } from 'react'
import './site.css'

export default function Layout({ children }: { readonly children: ReactNode }) {
  return <main className="mx-auto mt-24 max-w-lg px-4 font-sans">{children}</main>
}
