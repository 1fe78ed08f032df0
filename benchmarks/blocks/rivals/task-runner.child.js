import { runInContextOf } from './vm-block.js'

process.on('message', async ({ id, code, input }) => {
  try {
    process.send({ id, json: await runInContextOf(code, input) })
  } catch (error) {
    process.send({ id, error: String(error?.message ?? error) })
  }
})
process.on('disconnect', () => process.exit(0))
