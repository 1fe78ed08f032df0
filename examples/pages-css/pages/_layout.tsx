import type { ReactNode } from 'react'
import './site.css'

export default function Layout({ children }: { readonly children: ReactNode }) {
  return <main>{children}</main>
}
