import { commandLineGroups } from './groups/command-line.ts'
import { languageGroups } from './groups/language.ts'
import { pluginAndExampleGroups } from './groups/plugins-and-examples.ts'
import { webSocketGroups } from './groups/web-socket.ts'
import type { ScriptGroup } from './script-group.ts'

export const scriptGroups: readonly ScriptGroup[] = [
  ...languageGroups,
  ...webSocketGroups,
  ...commandLineGroups,
  ...pluginAndExampleGroups,
]
