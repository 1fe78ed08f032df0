export { AbortController, AbortSignal, deadlineSignal } from './abort.ts'
export { DOMException } from './dom-exception.ts'
export { CustomEvent, Event, EventTarget } from './event-target.ts'
