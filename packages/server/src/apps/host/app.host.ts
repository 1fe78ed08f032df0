/** The program of every app host: its exports are what the gateway calls. */
import { appProgram, type AppProgram } from './app-program.host.ts'
import { loadApp } from './load-app.host.ts'

const program: AppProgram = appProgram(loadApp)

export const warm: AppProgram['warm'] = program.warm
export const serve: AppProgram['serve'] = program.serve
