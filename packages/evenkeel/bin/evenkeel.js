#!/usr/bin/env node
try {
  const { startAsServer } = await import('#launch')
  startAsServer()
} catch (error) {
  // A clone has sources only, which Node does not take without being told.
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.url?.endsWith('/dist/launch.js')) throw error
  console.error(
    'evenkeel: this clone is not built: "npx tsc -b" builds it, and "npm start" runs the demo from its sources',
  )
  process.exit(1)
}
const { main } = await import('#main')
process.exitCode = await main(process.argv)
