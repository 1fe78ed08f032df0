/** Calls a function of the user where nobody could catch what it throws: its first throw is shown as a warning, and our work goes on. */
export function guarded<A extends readonly unknown[]>(name: string, run: (...args: A) => void): (...args: A) => void {
  let hasWarned = false
  return (...args) => {
    try {
      run(...args)
    } catch (cause) {
      if (hasWarned) return
      hasWarned = true
      process.emitWarning(`"${name}" threw: ${String(cause)}`, 'BatchWarning')
    }
  }
}
