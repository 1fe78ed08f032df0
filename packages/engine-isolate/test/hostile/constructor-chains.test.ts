import { attack } from '../support/attack.ts'

attack('constructor chains reach nothing but the isolate', {
  code: `
    const found = []
    const seen = new Set()
    const visit = (value, path, depth) => {
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 6) return
      seen.add(value)
      for (const name of ['process', 'require', 'mainModule', 'binding', 'getBuiltinModule', 'dlopen']) {
        let reached
        try { reached = value[name] } catch {}
        if (reached !== undefined && reached !== require && reached !== process) found.push(path + '.' + name)
      }
      for (const key of [...Reflect.ownKeys(value), '__proto__', 'constructor']) {
        let next
        try { next = value[key] } catch { continue }
        visit(next, path + '.' + String(key), depth + 1)
      }
    }
    const errors = []
    for (const provoke of [() => null.x, () => require('fs'), () => eval('1'), () => setTimeout(), () => new ArrayBuffer(-1)]) {
      try { provoke() } catch (error) { errors.push(error) }
    }
    visit({ globalThis, console, errors, timers: [setTimeout, setInterval], promise: Promise.resolve(1) }, '$', 0)
    return found`,
  ends: [[]],
})
