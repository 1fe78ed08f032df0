/** isolated-vm with a new context for each block, in four isolates of the server's own process that every caller shares. */
import ivm from 'isolated-vm'
import { serveBlocks } from './serve-blocks.js'

const isolates = Array.from({ length: 4 }, () => new ivm.Isolate({ memoryLimit: 128 }))
let next = 0

serveBlocks(async (code, input) => {
  const context = await newContext()
  try {
    const source = `return (async (input) => {${code}\n})(JSON.parse($0)).then((value) => JSON.stringify(value))`
    const result = { promise: true, copy: true }
    return await context.evalClosure(source, [JSON.stringify(input)], { timeout: 5_000, result })
  } finally {
    try {
      context.release()
    } catch {
      // The isolate is gone.
    }
  }
})
process.on('SIGTERM', () => process.kill(process.pid, 'SIGKILL'))

/** What contexts leave behind is only freed by a collection, and an isolate can reach its limit first: it is then replaced. */
async function newContext() {
  const index = next++ % isolates.length
  try {
    return await isolates[index].createContext()
  } catch {
    isolates[index] = new ivm.Isolate({ memoryLimit: 128 })
    return isolates[index].createContext()
  }
}
