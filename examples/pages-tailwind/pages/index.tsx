import { useState } from 'react'
import type { Head } from '@evenkeel/server/page'

export const head: Head = { title: 'Tailwind CSS' }

export default function Home() {
  const [count, setCount] = useState(0)
  return (
    <button
      type="button"
      className="cursor-pointer rounded-lg bg-emerald-600 px-4 py-2 text-white hover:bg-emerald-500"
      onClick={() => setCount(count + 1)}
    >
      Clicked {count} times
    </button>
  )
}
