import { useState } from 'react'
import logo from '../../logo.png'
import styles from '../../home.module.css'

export default function Deep() {
  const [on, setOn] = useState(false)
  return (
    <>
      <img src={logo} alt="Logo" />
      <button type="button" className={styles.big} onClick={() => setOn(!on)}>
        {on ? 'on' : 'off'}
      </button>
    </>
  )
}
