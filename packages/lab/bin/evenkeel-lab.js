#!/usr/bin/env node
const oldest = 24
if (Number(process.versions.node.split('.')[0]) < oldest) {
  console.error(`error: evenkeel-lab needs Node.js ${oldest} or newer, this is ${process.version}`)
  process.exitCode = 2
} else {
  const { endProcess, runLab } = await import('@evenkeel/lab')
  endProcess(await runLab(process.argv.slice(2)))
}
