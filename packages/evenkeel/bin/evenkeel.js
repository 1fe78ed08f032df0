#!/usr/bin/env node
import { startAsServer } from '#launch'

startAsServer()
const { main } = await import('#main')
process.exitCode = await main(process.argv)
