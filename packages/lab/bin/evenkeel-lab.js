#!/usr/bin/env node
import { runLab } from '@evenkeel/lab'

process.exitCode = await runLab(process.argv.slice(2))
