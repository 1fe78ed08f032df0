import { readFileSync } from 'node:fs'
import { useState } from 'react'
import type { Head, Load } from '@evenkeel/server/page'
import styles from './home.module.css'
import logo from './logo.png'

/** Reads a file where the module is evaluated: a browser that got this would fail at once. */
const secret = `server-only-${readFileSync('/proc/self/stat').byteLength}`

interface HomeProps {
  readonly n: number
  readonly text: string
}

export const load: Load<HomeProps> = ({ query }) => ({
  n: Number(query['n'] ?? 7),
  text: String(query['text'] ?? secret.slice(0, 0)),
})

export const head: Head = {
  title: 'Home & <away>',
  meta: { description: 'A "first" page', 'og:title': 'Home' },
}

export default function Home({ n, text }: HomeProps) {
  const [count, setCount] = useState(n)
  return (
    <>
      <img src={logo} alt="logo" width="16" height="16" />
      <button type="button" className={styles.big} onClick={() => setCount(count + 1)}>
        Count is {count}
      </button>
      <p id="text">{text}</p>
    </>
  )
}
