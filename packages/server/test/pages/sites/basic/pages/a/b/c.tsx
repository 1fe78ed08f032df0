import { useState } from 'react'
import styles from '../../home.module.css'

export default function Deep() {
  const [on, setOn] = useState(false)
  return (
    <button type="button" className={styles.big} onClick={() => setOn(!on)}>
      {on ? 'on' : 'off'}
    </button>
  )
}
