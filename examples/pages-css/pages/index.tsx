import { useState } from 'react'
import type { Head } from '@evenkeel/server/page'
import styles from './counter.module.css'

export const head: Head = { title: 'Plain CSS' }

export default function Home() {
  const [count, setCount] = useState(0)
  return (
    <button type="button" className={styles['counter']} onClick={() => setCount(count + 1)}>
      Clicked {count} times
    </button>
  )
}
