import { commandLineGroups } from './groups/command-line.ts'
import { arrivalGroups } from './groups/arrivals.ts'
import { fileGroups } from './groups/files.ts'
import { stepGroups } from './groups/steps.ts'
import { pluginAndExampleGroups } from './groups/plugins-and-examples.ts'
import { webSocketGroups } from './groups/web-socket.ts'
import type { ScriptGroup } from './script-group.ts'

export const scriptGroups: readonly ScriptGroup[] = [
  ...arrivalGroups,
  ...stepGroups,
  ...webSocketGroups,
  ...commandLineGroups,
  ...fileGroups,
  ...pluginAndExampleGroups,
]
