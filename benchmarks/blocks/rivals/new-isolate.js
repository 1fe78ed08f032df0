/** isolated-vm with a new isolate for each block, in the server's own process: the boundary without anything made ahead. */
import ivm from 'isolated-vm'
import { serveBlocks } from './serve-blocks.js'

serveBlocks(async (code, input) => {
  const isolate = new ivm.Isolate({ memoryLimit: 128 })
  try {
    const context = await isolate.createContext()
    return await runBlock(context, code, input)
  } finally {
    isolate.dispose()
  }
})
process.on('SIGTERM', () => process.kill(process.pid, 'SIGKILL'))

function runBlock(context, code, input) {
  const source = `return (async (input) => {${code}\n})(JSON.parse($0)).then((value) => JSON.stringify(value))`
  return context.evalClosure(source, [JSON.stringify(input)], { timeout: 5_000, result: { promise: true, copy: true } })
}
